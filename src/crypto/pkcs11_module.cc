// SPDX-License-Identifier: Apache-2.0
#include "crypto/pkcs11_module.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "base/reasons.h"
#include "crypto/digest.h"

namespace openimds::pkcs11 {
namespace {

constexpr std::size_t kMostSlots = 256;
constexpr std::size_t kMostObjects = 16;
constexpr std::size_t kLargestAttribute = 64 * 1024;
constexpr std::size_t kLargestSignature = 1024;
constexpr CK_ULONG kSaltBytes = 32;

tl::unexpected<Error> Unavailable(std::string what) {
  return Fail(ErrorKind::kUnavailable, reasons::kCredentialUnreadable, std::move(what));
}

tl::unexpected<Error> Unavailable(const std::string& what, CK_RV result) {
  return Unavailable(what + " failed with " + NameOf(result));
}

unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

Result<Module*> Load(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Unavailable("the PKCS#11 library '" + path + "' does not load");
  const auto get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  Module* module = nullptr;
  if (get_list == nullptr || get_list(&module) != CKR_OK || module == nullptr) {
    return Unavailable("'" + path + "' is no PKCS#11 library");
  }
  CK_C_INITIALIZE_ARGS threads{};
  threads.flags = CKF_OS_LOCKING_OK;
  const CK_RV result = module->C_Initialize(&threads);
  if (result != CKR_OK && result != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
    return Unavailable("starting the PKCS#11 library '" + path + "'", result);
  }
  return module;
}

// A fixed field that is padded with spaces.
template <std::size_t size>
std::string_view Unpadded(const unsigned char (&field)[size]) {
  const std::string_view text(reinterpret_cast<const char*>(field), size);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// What the bare mechanisms sign: PKCS#1 v1.5 wants the digest's DigestInfo (RFC 8017, section 9.2).
std::string Digested(AssertionAlgorithm algorithm, std::string_view bytes) {
  constexpr std::string_view kSha256Info(
      "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", 19);
  if (algorithm == AssertionAlgorithm::kPs256) return Sha256(bytes);
  return std::string(kSha256Info) + Sha256(bytes);
}

}  // namespace

std::string NameOf(CK_RV result) {
  constexpr std::pair<CK_RV, const char*> kNames[] = {
      {CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
      {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
      {CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
      {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
      {CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
      {CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID"},
      {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
      {CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED"},
      {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
      {CKR_PIN_INVALID, "CKR_PIN_INVALID"},
      {CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE"},
      {CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
      {CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED"},
      {CKR_SESSION_COUNT, "CKR_SESSION_COUNT"},
      {CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
      {CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
      {CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN"},
      {CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED"}};
  for (const auto& [value, name] : kNames) {
    if (value == result) return name;
  }
  return "CKR " + std::to_string(result);
}

Result<Module*> LoadModule(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, Module*> loaded;
  std::lock_guard lock(mutex);
  if (const auto found = loaded.find(path); found != loaded.end()) return found->second;
  TRY(Module* const module, Load(path));
  loaded.emplace(path, module);
  return module;
}

Result<CK_SLOT_ID> FindToken(Module* module, const std::string& label) {
  std::vector<CK_SLOT_ID> slots(kMostSlots);
  CK_ULONG count = slots.size();
  const CK_RV result = module->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (result != CKR_OK) return Unavailable("listing the tokens", result);
  slots.resize(count);
  std::vector<CK_SLOT_ID> found;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (module->C_GetTokenInfo(slot, &info) != CKR_OK || Unpadded(info.label) != label) continue;
    found.push_back(slot);
  }
  if (found.size() == 1) return found.front();
  return Unavailable("expected one token with the label '" + label + "', got " +
                     std::to_string(found.size()));
}

CK_RV Session::Open(Module* module, CK_SLOT_ID slot, std::unique_ptr<Session>* session) {
  CK_SESSION_HANDLE handle = 0;
  const CK_RV result = module->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle);
  if (result == CKR_OK) session->reset(new Session(module, handle));
  return result;
}

Session::~Session() { module_->C_CloseSession(handle_); }

CK_RV Session::LogIn(CK_USER_TYPE user, const Secret& pin) const {
  const std::string_view bytes = pin.RevealSecret();
  return module_->C_Login(handle_, user, Bytes(bytes), bytes.size());
}

std::vector<CK_OBJECT_HANDLE> Session::Find(CK_OBJECT_CLASS of_class, CK_ATTRIBUTE_TYPE type,
                                            std::string_view value) const {
  std::array<CK_ATTRIBUTE, 2> wanted{CK_ATTRIBUTE{CKA_CLASS, &of_class, sizeof of_class},
                                     CK_ATTRIBUTE{type, Bytes(value), value.size()}};
  if (module_->C_FindObjectsInit(handle_, wanted.data(), wanted.size()) != CKR_OK) return {};
  std::vector<CK_OBJECT_HANDLE> found(kMostObjects);
  CK_ULONG count = 0;
  const CK_RV result = module_->C_FindObjects(handle_, found.data(), found.size(), &count);
  module_->C_FindObjectsFinal(handle_);
  found.resize(result == CKR_OK ? count : 0);
  return found;
}

std::string Session::Read(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
  CK_ATTRIBUTE attribute{type, nullptr, 0};
  if (module_->C_GetAttributeValue(handle_, object, &attribute, 1) != CKR_OK ||
      attribute.ulValueLen > kLargestAttribute) {  // so is CK_UNAVAILABLE_INFORMATION
    return {};
  }
  std::string value(attribute.ulValueLen, '\0');
  attribute.pValue = value.data();
  if (module_->C_GetAttributeValue(handle_, object, &attribute, 1) != CKR_OK) return {};
  value.resize(std::min<std::size_t>(value.size(), attribute.ulValueLen));
  return value;
}

CK_RV Session::BeginToSign(CK_OBJECT_HANDLE key, AssertionAlgorithm algorithm,
                           bool is_digest) const {
  CK_RSA_PKCS_PSS_PARAMS pss{CKM_SHA256, CKG_MGF1_SHA256, kSaltBytes};
  CK_MECHANISM mechanism{is_digest ? CKM_RSA_PKCS : CKM_SHA256_RSA_PKCS, nullptr, 0};
  if (algorithm == AssertionAlgorithm::kPs256) {
    mechanism = {is_digest ? CKM_RSA_PKCS_PSS : CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss};
  }
  return module_->C_SignInit(handle_, &mechanism, key);
}

CK_RV Session::Sign(const Key& key, AssertionAlgorithm algorithm, std::string_view bytes,
                    const Secret& pin, std::string* signature) const {
  std::string digest;
  CK_RV result = BeginToSign(key.handle, algorithm, false);
  if (result == CKR_MECHANISM_INVALID) {
    digest = Digested(algorithm, bytes);
    bytes = digest;
    result = BeginToSign(key.handle, algorithm, true);
  }
  if (result == CKR_OK && key.asks_each_time) result = LogIn(CKU_CONTEXT_SPECIFIC, pin);
  if (result != CKR_OK) return result;
  signature->resize(kLargestSignature);
  CK_ULONG size = signature->size();
  result = module_->C_Sign(handle_, Bytes(bytes), bytes.size(), Bytes(*signature), &size);
  signature->resize(result == CKR_OK ? size : 0);
  return result;
}

}  // namespace openimds::pkcs11
