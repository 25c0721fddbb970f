// SPDX-License-Identifier: Apache-2.0
#include "crypto/pkcs11_certificate.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "crypto/assertion.h"
#include "crypto/digest.h"

namespace openimds {
namespace {

constexpr std::size_t kMostSlots = 256;
constexpr std::size_t kLargestSignature = 1024;

tl::unexpected<Error> Unusable(const std::string& what) {
  return Fail(ErrorKind::kUnavailable, reasons::kCredentialUnreadable, "PKCS#11: " + what);
}

tl::unexpected<Error> Unusable(const std::string& what, CK_RV result) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%lx", result);
  return Unusable(what + " failed with " + text);
}

// ---- modules ---------------------------------------------------------------------------------

// A module stays loaded and initialised for the life of the process: others in it may use it too.
Result<CK_FUNCTION_LIST*> LoadModule(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, CK_FUNCTION_LIST*> loaded;
  std::lock_guard lock(mutex);
  if (const auto found = loaded.find(path); found != loaded.end()) return found->second;
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Unusable("the module '" + path + "' cannot be loaded");
  const auto get_list =
      reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* list = nullptr;
  if (get_list == nullptr || get_list(&list) != CKR_OK) {
    return Unusable("'" + path + "' is no PKCS#11 module");
  }
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV result = list->C_Initialize(&arguments);
  if (result != CKR_OK && result != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
    return Unusable("starting the module", result);
  }
  loaded.emplace(path, list);
  return list;
}

// A fixed field that is padded with spaces.
template <std::size_t size>
std::string Unpadded(const unsigned char (&field)[size]) {
  std::string text(reinterpret_cast<const char*>(field), size);
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

Result<CK_SLOT_ID> FindToken(CK_FUNCTION_LIST* module, const std::string& label) {
  std::vector<CK_SLOT_ID> slots(kMostSlots);
  CK_ULONG count = slots.size();
  const CK_RV result = module->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (result != CKR_OK) return Unusable("listing the tokens", result);
  slots.resize(count);
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (module->C_GetTokenInfo(slot, &info) == CKR_OK && Unpadded(info.label) == label) return slot;
  }
  return Unusable("there is no token with the label '" + label + "'");
}

// ---- sessions --------------------------------------------------------------------------------

CK_ATTRIBUTE Attribute(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) {
  return {type, const_cast<void*>(value), size};
}

// A session that is logged in, closed when it goes.
class Session {
 public:
  static Result<std::unique_ptr<Session>> Open(CK_FUNCTION_LIST* module,
                                               const Pkcs11Settings& settings) {
    TRY(const CK_SLOT_ID slot, FindToken(module, settings.token));
    CK_SESSION_HANDLE handle = 0;
    CK_RV result = module->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle);
    if (result != CKR_OK) return Unusable("opening a session", result);
    std::unique_ptr<Session> session(new Session(module, handle));
    TRY(const Secret pin, settings.read_pin());
    const std::string_view bytes = pin.RevealSecret();
    result = module->C_Login(
        handle, CKU_USER,
        reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data())), bytes.size());
    if (result != CKR_OK && result != CKR_USER_ALREADY_LOGGED_IN) {
      return Unusable("the login", result);
    }
    return session;
  }
  ~Session() { module_->C_CloseSession(handle_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  std::optional<CK_OBJECT_HANDLE> Find(std::vector<CK_ATTRIBUTE> wanted) const {
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    if (module_->C_FindObjectsInit(handle_, wanted.data(), wanted.size()) != CKR_OK) return {};
    const CK_RV result = module_->C_FindObjects(handle_, &found, 1, &count);
    module_->C_FindObjectsFinal(handle_);
    if (result != CKR_OK || count == 0) return {};
    return found;
  }

  std::string Read(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
    CK_ATTRIBUTE attribute{type, nullptr, 0};
    if (module_->C_GetAttributeValue(handle_, object, &attribute, 1) != CKR_OK) return {};
    if (attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION) return {};
    std::string value(attribute.ulValueLen, '\0');
    attribute.pValue = value.data();
    if (module_->C_GetAttributeValue(handle_, object, &attribute, 1) != CKR_OK) return {};
    return value;
  }

  Result<std::string> Sign(CK_OBJECT_HANDLE key, AssertionAlgorithm algorithm,
                           std::string_view bytes) const {
    CK_RSA_PKCS_PSS_PARAMS pss{CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_MECHANISM mechanism{CKM_SHA256_RSA_PKCS, nullptr, 0};
    if (algorithm == AssertionAlgorithm::kPs256) {
      mechanism = {CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss};
    }
    CK_RV result = module_->C_SignInit(handle_, &mechanism, key);
    if (result != CKR_OK) return Unusable("beginning to sign", result);
    std::string signature(kLargestSignature, '\0');
    CK_ULONG size = signature.size();
    result = module_->C_Sign(
        handle_, reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data())), bytes.size(),
        reinterpret_cast<unsigned char*>(signature.data()), &size);
    if (result != CKR_OK) return Unusable("signing", result);
    signature.resize(size);
    return signature;
  }

 private:
  Session(CK_FUNCTION_LIST* module, CK_SESSION_HANDLE handle) : module_(module), handle_(handle) {}

  CK_FUNCTION_LIST* const module_;
  const CK_SESSION_HANDLE handle_;
};

std::optional<CK_OBJECT_HANDLE> FindPrivateKey(const Session& session, const std::string& label) {
  static constexpr CK_OBJECT_CLASS kClass = CKO_PRIVATE_KEY;
  static constexpr CK_KEY_TYPE kType = CKK_RSA;
  return session.Find({Attribute(CKA_CLASS, &kClass, sizeof kClass),
                       Attribute(CKA_KEY_TYPE, &kType, sizeof kType),
                       Attribute(CKA_LABEL, label.data(), label.size())});
}

// The one with the key's id, else the one with its label.
std::string FindCertificate(const Session& session, CK_OBJECT_HANDLE key,
                            const std::string& label) {
  static constexpr CK_OBJECT_CLASS kClass = CKO_CERTIFICATE;
  const CK_ATTRIBUTE of_class = Attribute(CKA_CLASS, &kClass, sizeof kClass);
  const std::string id = session.Read(key, CKA_ID);
  std::optional<CK_OBJECT_HANDLE> found;
  if (!id.empty()) found = session.Find({of_class, Attribute(CKA_ID, id.data(), id.size())});
  if (!found) found = session.Find({of_class, Attribute(CKA_LABEL, label.data(), label.size())});
  return found ? session.Read(*found, CKA_VALUE) : std::string();
}

// ---- the certificate -------------------------------------------------------------------------

class Pkcs11Certificate final : public ClientCertificate {
 public:
  Pkcs11Certificate(CK_FUNCTION_LIST* module, Pkcs11Settings settings,
                    const PublicCertificate& certificate)
      : module_(module),
        settings_(std::move(settings)),
        thumbprints_(certificate.thumbprints()),
        x5c_{certificate.der_base64()},
        not_after_(certificate.not_after()) {}

  const Thumbprints& thumbprints() const override { return thumbprints_; }
  const std::vector<std::string>& x5c() const override { return x5c_; }
  Time not_after() const override { return not_after_; }

  Result<std::string> Sign(AssertionAlgorithm algorithm, std::string_view bytes) const override {
    std::lock_guard lock(mutex_);
    if (session_) {
      if (auto signature = SignOnce(algorithm, bytes)) return signature;
      session_.reset();  // perhaps it was lost: once more with a new one
    }
    TRY(session_, Session::Open(module_, settings_));
    return SignOnce(algorithm, bytes);
  }

 private:
  Result<std::string> SignOnce(AssertionAlgorithm algorithm, std::string_view bytes) const {
    const auto key = FindPrivateKey(*session_, settings_.key);
    if (!key) return Unusable("there is no RSA private key with the label '" + settings_.key + "'");
    return session_->Sign(*key, algorithm, bytes);
  }

  CK_FUNCTION_LIST* const module_;
  const Pkcs11Settings settings_;
  const Thumbprints thumbprints_;
  const std::vector<std::string> x5c_;
  const Time not_after_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Session> session_;  // under mutex_
};

}  // namespace

Result<std::shared_ptr<const ClientCertificate>> OpenPkcs11Certificate(Pkcs11Settings settings) {
  TRY(CK_FUNCTION_LIST * module, LoadModule(settings.module));
  std::string bytes = settings.certificate;
  {
    TRY(const auto session, Session::Open(module, settings));
    const auto key = FindPrivateKey(*session, settings.key);
    if (!key) return Unusable("there is no RSA private key with the label '" + settings.key + "'");
    if (bytes.empty()) bytes = FindCertificate(*session, *key, settings.key);
  }
  if (bytes.empty()) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid,
                "PKCS#11: expected a certificate for the key '" + settings.key +
                    "' on the token, or certificate_file");
  }
  TRY(const PublicCertificate certificate, PublicCertificate::Parse(bytes));
  auto opened =
      std::make_shared<const Pkcs11Certificate>(module, std::move(settings), certificate);
  // Only a signature shows that key and certificate belong together.
  TRY(const std::string signature, opened->Sign(AssertionAlgorithm::kRs256, "self-test"));
  if (!certificate.Verify(AssertionAlgorithm::kRs256, "self-test", signature)) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid,
                "PKCS#11: the certificate is not that of the key");
  }
  return std::shared_ptr<const ClientCertificate>(std::move(opened));
}

}  // namespace openimds
