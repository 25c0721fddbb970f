// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "model/resource_id.h"

// How an identity may prove itself to *our* authority, under Azure's names. None of it is secret.
namespace openimds {

struct PasswordCredential {
  Guid key_id;
  std::string display_name;
  std::string hint;  // the first three characters, for people to tell secrets apart
  std::string hash;  // salted (crypto/secret_hash.h)
  Time created;
  Time expires_on;
};

struct KeyCredential {
  Guid key_id;
  std::string display_name;
  std::string certificate;  // standard base64 of the DER
};

struct FederatedCredential {
  std::string name;
  std::string issuer;  // compared letter for letter, as Entra does
  std::string subject;
  std::string audience;
  std::string keys_file;  // a JWKS on this host; empty: the issuer's discovery document leads there
};

// Everything registered for one identity.
struct ClientRegistration {
  ResourceId identity;
  Guid client_id;
  std::vector<PasswordCredential> passwords;
  std::vector<KeyCredential> keys;
  std::vector<FederatedCredential> federated;

  bool empty() const { return passwords.empty() && keys.empty() && federated.empty(); }
};

}  // namespace openimds
