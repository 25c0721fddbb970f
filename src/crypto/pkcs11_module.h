// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <p11-kit/pkcs11.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/assertion_algorithm.h"

// PKCS#11 (OASIS, version 2.40) as far as signing needs it. For the sources of this folder only.
namespace openimds::pkcs11 {

using Module = CK_FUNCTION_LIST;

// Loads and initialises the library, once for the process: others in it may use it too, so it is
// never finalised. Every thread may call it. Fails with kCredentialUnreadable (kUnavailable).
Result<Module*> LoadModule(const std::string& path);

// The slot with the one token of that label; the same failure.
Result<CK_SLOT_ID> FindToken(Module* module, const std::string& label);

// `CKR_PIN_INCORRECT`, where people know it by that name, else its number.
std::string NameOf(CK_RV result);

// A private key on a token.
struct Key {
  CK_OBJECT_HANDLE handle = 0;
  bool asks_each_time = false;  // wants the PIN for every signature (CKA_ALWAYS_AUTHENTICATE)
};

// A session, for one thread at a time; closed when it goes. A login counts for all sessions of the
// process with that token, and ends with the last of them.
class Session {
 public:
  static CK_RV Open(Module* module, CK_SLOT_ID slot, std::unique_ptr<Session>* session);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  CK_RV LogIn(CK_USER_TYPE user, const Secret& pin) const;

  // The objects of a class that have an attribute of that value: at most 16, none on failure.
  std::vector<CK_OBJECT_HANDLE> Find(CK_OBJECT_CLASS of_class, CK_ATTRIBUTE_TYPE type,
                                     std::string_view value) const;

  // Empty if the object has no such attribute or does not show it.
  std::string Read(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const;

  // Signs the SHA-256 of `bytes`. A token that knows only the bare mechanisms gets the digest.
  // `pin` is for keys that ask each time.
  CK_RV Sign(const Key& key, AssertionAlgorithm algorithm, std::string_view bytes,
             const Secret& pin, std::string* signature) const;

 private:
  Session(Module* module, CK_SESSION_HANDLE handle) : module_(module), handle_(handle) {}
  CK_RV BeginToSign(CK_OBJECT_HANDLE key, AssertionAlgorithm algorithm, bool is_digest) const;

  Module* const module_;
  const CK_SESSION_HANDLE handle_;
};

}  // namespace openimds::pkcs11
