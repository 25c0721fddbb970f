// SPDX-License-Identifier: Apache-2.0
#include "crypto/pkcs11_certificate.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/reasons.h"
#include "crypto/certificate_chain.h"
#include "crypto/openssl_rsa.h"
#include "crypto/pkcs11_module.h"

namespace openimds {
namespace {

tl::unexpected<Error> Invalid(std::string what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kCredentialInvalid, std::move(what));
}
tl::unexpected<Error> Unavailable(std::string what) {
  return Fail(ErrorKind::kUnavailable, reasons::kCredentialUnreadable, std::move(what));
}

// ---- the PIN ---------------------------------------------------------------------------------

bool IsAboutThePin(CK_RV result) {
  return result == CKR_PIN_INCORRECT || result == CKR_PIN_INVALID || result == CKR_PIN_LEN_RANGE ||
         result == CKR_PIN_LOCKED || result == CKR_PIN_EXPIRED;
}

// The last PIN that each token refused.
Guarded<std::map<std::string, Secret>>& RefusedPins() {
  static Guarded<std::map<std::string, Secret>> pins;
  return pins;
}

std::string NameOf(const Pkcs11Settings& settings) {
  return settings.module + '\n' + settings.token;
}

Result<Secret> ReadPin(const Pkcs11Settings& settings) {
  TRY(Secret pin, settings.read_pin());
  auto refused = RefusedPins().Lock();
  const auto found = refused->find(NameOf(settings));
  if (found == refused->end() || !(found->second == pin)) return pin;
  return Invalid("the token '" + settings.token +
                 "' refused this PIN before; it is not shown to it again");
}

tl::unexpected<Error> PinRefused(const Pkcs11Settings& settings, const Secret& pin, CK_RV result) {
  RefusedPins().Lock()->insert_or_assign(NameOf(settings), pin);
  return Invalid("the token '" + settings.token + "' refuses the PIN: " + pkcs11::NameOf(result));
}

// ---- the login -------------------------------------------------------------------------------

// A login at a token and the key there. The session signs nothing: it keeps the login open.
struct Login {
  CK_SLOT_ID slot = 0;
  std::unique_ptr<pkcs11::Session> session;
  pkcs11::Key key;
};

Result<void> ShowPin(const pkcs11::Session& session, const Pkcs11Settings& settings) {
  TRY(const Secret pin, ReadPin(settings));
  const CK_RV result = session.LogIn(CKU_USER, pin);
  if (result == CKR_OK || result == CKR_USER_ALREADY_LOGGED_IN) return {};
  if (IsAboutThePin(result)) return PinRefused(settings, pin, result);
  return Unavailable("logging in to the token failed with " + pkcs11::NameOf(result));
}

bool IsRsa(const pkcs11::Session& session, CK_OBJECT_HANDLE key) {
  CK_KEY_TYPE type = 0;
  const std::string bytes = session.Read(key, CKA_KEY_TYPE);
  if (bytes.size() == sizeof type) std::memcpy(&type, bytes.data(), sizeof type);
  return bytes.size() == sizeof type && type == CKK_RSA;
}

Result<pkcs11::Key> FindKey(const pkcs11::Session& session, const std::string& label) {
  auto keys = session.Find(CKO_PRIVATE_KEY, CKA_LABEL, label);
  keys.erase(std::remove_if(keys.begin(), keys.end(),
                            [&](CK_OBJECT_HANDLE key) { return !IsRsa(session, key); }),
             keys.end());
  if (keys.size() != 1) {
    return Unavailable("expected one RSA private key with the label '" + label +
                       "' on the token, got " + std::to_string(keys.size()));
  }
  return pkcs11::Key{
      keys.front(), session.Read(keys.front(), CKA_ALWAYS_AUTHENTICATE) == std::string(1, CK_TRUE)};
}

Result<std::shared_ptr<const Login>> LogIn(pkcs11::Module* module, const Pkcs11Settings& settings) {
  auto login = std::make_shared<Login>();
  TRY(login->slot, pkcs11::FindToken(module, settings.token));
  const CK_RV result = pkcs11::Session::Open(module, login->slot, &login->session);
  if (result != CKR_OK) {
    return Unavailable("opening a session with the token failed with " + pkcs11::NameOf(result));
  }
  TRY_VOID(ShowPin(*login->session, settings));
  TRY(login->key, FindKey(*login->session, settings.key));
  return std::shared_ptr<const Login>(std::move(login));
}

// Whether another login may help: the token or its session went away, and may be back.
bool IsLost(CK_RV result) {
  constexpr CK_RV kLost[] = {
      CKR_DEVICE_ERROR,      CKR_DEVICE_REMOVED,         CKR_FUNCTION_FAILED,
      CKR_GENERAL_ERROR,     CKR_KEY_HANDLE_INVALID,     CKR_OBJECT_HANDLE_INVALID,
      CKR_SESSION_CLOSED,    CKR_SESSION_HANDLE_INVALID, CKR_SLOT_ID_INVALID,
      CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED,   CKR_USER_NOT_LOGGED_IN};
  return std::find(std::begin(kLost), std::end(kLost), result) != std::end(kLost);
}

// ---- the certificate -------------------------------------------------------------------------

// The candidates: those with the key's id, and those with its label.
std::vector<OpenSslPtr<X509>> ReadCertificates(const Login& login, const std::string& label) {
  const pkcs11::Session& session = *login.session;
  auto found = session.Find(CKO_CERTIFICATE, CKA_LABEL, label);
  const std::string id = session.Read(login.key.handle, CKA_ID);
  if (!id.empty()) {
    const auto of_id = session.Find(CKO_CERTIFICATE, CKA_ID, id);
    found.insert(found.end(), of_id.begin(), of_id.end());
  }
  std::vector<OpenSslPtr<X509>> certificates;
  for (const CK_OBJECT_HANDLE one : found) {
    const std::string der = session.Read(one, CKA_VALUE);
    OpenSslPtr<X509> certificate(d2i_X509_bio(ReaderOf(der).get(), nullptr));
    if (certificate) certificates.push_back(std::move(certificate));
  }
  ERR_clear_error();
  return certificates;
}

std::string ModulusOf(const Login& login) {
  std::string modulus = login.session->Read(login.key.handle, CKA_MODULUS);
  modulus.erase(0, modulus.find_first_not_of('\0'));  // some tokens put a zero before it
  return modulus;
}

class Pkcs11Certificate final : public ClientCertificate {
 public:
  Pkcs11Certificate(pkcs11::Module* module, Pkcs11Settings settings, CertificateChain chain,
                    std::shared_ptr<const Login> login)
      : ClientCertificate(std::move(chain.facts)),
        module_(module),
        settings_(std::move(settings)),
        certificates_(std::move(chain.certificates)),
        login_(std::move(login)) {}

  Result<std::string> Sign(AssertionAlgorithm algorithm, std::string_view bytes) const override {
    std::string signature;
    TRY(auto login, CurrentLogin());
    TRY(CK_RV result, SignOnce(*login, algorithm, bytes, &signature));
    if (IsLost(result)) {
      Forget(login);
      TRY(login, CurrentLogin());
      TRY(result, SignOnce(*login, algorithm, bytes, &signature));
    }
    if (result != CKR_OK) return SigningFailed(pkcs11::NameOf(result));
    // A signature that was computed wrongly would tell its reader about the key.
    EVP_PKEY* const key = X509_get0_pubkey(certificates_.front().get());
    if (VerifiesWith(key, algorithm, bytes, signature)) return signature;
    return SigningFailed("its signature does not verify with the certificate");
  }

 private:
  static tl::unexpected<Error> SigningFailed(const std::string& why) {
    return Fail(ErrorKind::kInternal, reasons::kSigningFailed, "the token did not sign: " + why);
  }

  Result<std::shared_ptr<const Login>> CurrentLogin() const {
    auto login = login_.Lock();
    if (*login == nullptr) {
      TRY(*login, LogIn(module_, settings_));
    }
    return *login;
  }

  // Unless another thread has made a new one meanwhile.
  void Forget(const std::shared_ptr<const Login>& lost) const {
    auto login = login_.Lock();
    if (*login == lost) login->reset();
  }

  Result<CK_RV> SignOnce(const Login& login, AssertionAlgorithm algorithm, std::string_view bytes,
                         std::string* signature) const {
    Secret pin;
    if (login.key.asks_each_time) {
      TRY(pin, ReadPin(settings_));
    }
    std::unique_ptr<pkcs11::Session> session;
    CK_RV result = pkcs11::Session::Open(module_, login.slot, &session);
    if (result == CKR_OK) result = session->Sign(login.key, algorithm, bytes, pin, signature);
    if (IsAboutThePin(result)) return PinRefused(settings_, pin, result);
    return result;
  }

  pkcs11::Module* const module_;
  const Pkcs11Settings settings_;
  const std::vector<OpenSslPtr<X509>> certificates_;
  mutable Guarded<std::shared_ptr<const Login>> login_;
};

}  // namespace

Result<std::shared_ptr<const ClientCertificate>> OpenPkcs11Certificate(Pkcs11Settings settings) {
  TRY(pkcs11::Module* const module, pkcs11::LoadModule(settings.module));
  TRY(auto login, LogIn(module, settings));
  auto certificates = settings.certificate.empty() ? ReadCertificates(*login, settings.key)
                                                   : ReadPemCertificates(settings.certificate);
  if (certificates.empty()) {
    return Invalid(
        "expected a certificate for the key '" + settings.key +
        (settings.certificate.empty() ? "' on the token, or in a file" : "' in the file"));
  }
  TRY(CertificateChain chain, ArrangeChain(std::move(certificates), ModulusOf(*login)));
  return std::make_shared<const Pkcs11Certificate>(module, std::move(settings), std::move(chain),
                                                   std::move(login));
}

}  // namespace openimds
