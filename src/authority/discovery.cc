// SPDX-License-Identifier: Apache-2.0
#include "authority/discovery.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/url.h"

namespace openimds {
namespace {

namespace json = boost::json;

json::string ToJson(std::string_view text) { return json::string(text.data(), text.size()); }

// `<public_url>/<tenant>` and what follows.
class TenantUrls {
 public:
  explicit TenantUrls(const DiscoveryParty& party)
      : base_(std::string(party.public_url) + "/" + party.tenant.ToString()) {}
  std::string operator()(std::string_view path) const { return base_ + std::string(path); }

 private:
  std::string base_;
};

json::array ClaimsSupported() {
  return {"aud",   "iss", "iat", "nbf", "exp", "aio", "appid", "appidacr",  "idp",
          "idtyp", "oid", "rh",  "sub", "tid", "uti", "ver",   "xms_mirid", "xms_az_rid"};
}

// What is said of a user's sign-in, which this authority does not have.
void AddSignIn(json::object& document, const TenantUrls& urls, bool v2) {
  if (v2) document["request_uri_parameter_supported"] = false;
  document["userinfo_endpoint"] = urls("/openid/userinfo");
  document["authorization_endpoint"] = urls(v2 ? "/oauth2/v2.0/authorize" : "/oauth2/authorize");
  document["device_authorization_endpoint"] =
      urls(v2 ? "/oauth2/v2.0/devicecode" : "/oauth2/devicecode");
  document["http_logout_supported"] = false;
  document["frontchannel_logout_supported"] = false;
  document["end_session_endpoint"] = urls(v2 ? "/oauth2/v2.0/logout" : "/oauth2/logout");
}

void AddCloud(json::object& document, const DiscoveryParty& party, const TenantUrls& urls) {
  const json::string host = ToJson(HostOfUrl(party.public_url));
  document["kerberos_endpoint"] = urls("/kerberos");
  document["tenant_region_scope"] = nullptr;
  document["cloud_instance_name"] = host;
  document["cloud_graph_host_name"] = host;
  document["msgraph_host"] = host;
  document["rbac_url"] = ToJson(party.public_url);
}

}  // namespace

std::string RenderDiscoveryDocument(const DiscoveryParty& party, DiscoveryVersion version) {
  const bool v2 = version == DiscoveryVersion::kV2;
  const TenantUrls urls(party);
  json::object document;
  document["token_endpoint"] = urls(v2 ? "/oauth2/v2.0/token" : "/oauth2/token");
  document["token_endpoint_auth_methods_supported"] = {"client_secret_post", "private_key_jwt",
                                                       "client_secret_basic"};
  document["jwks_uri"] = urls(v2 ? "/discovery/v2.0/keys" : "/discovery/keys");
  document["response_modes_supported"] = {"query", "fragment", "form_post"};
  // The subject of a managed identity is its object id, the same for every audience.
  document["subject_types_supported"] = json::array{"public"};
  document["id_token_signing_alg_values_supported"] = json::array{"RS256"};
  document["response_types_supported"] = {"code", "id_token", "code id_token", "id_token token"};
  document["scopes_supported"] = json::array{"openid"};
  document["issuer"] = ToJson(party.issuer);
  AddSignIn(document, urls, v2);
  document["claims_supported"] = ClaimsSupported();
  AddCloud(document, party, urls);
  return json::serialize(document);
}

std::string RenderIssuerDocument(std::string_view issuer, std::string_view keys_url) {
  const json::object document{
      {"issuer", ToJson(issuer)},
      {"jwks_uri", ToJson(keys_url)},
      {"response_types_supported", json::array{"id_token"}},
      {"subject_types_supported", json::array{"public"}},
      {"id_token_signing_alg_values_supported", json::array{"RS256"}},
      {"claims_supported", {"aud", "exp", "iat", "iss", "jti", "nbf", "sub"}}};
  return json::serialize(document);
}

std::string RenderKeySet(const DiscoveryParty& party, const std::vector<PublicJwk>& keys,
                         DiscoveryVersion version) {
  json::array members;
  for (const PublicJwk& key : keys) {
    json::object member{{"kty", "RSA"},
                        {"use", "sig"},
                        {"kid", key.kid},
                        {"x5t", key.x5t},
                        {"n", key.n},
                        {"e", key.e},
                        {"x5c", json::array{json::string(key.x5c)}}};
    if (version == DiscoveryVersion::kV2) {
      member["cloud_instance_name"] = ToJson(HostOfUrl(party.public_url));
      member["issuer"] = ToJson(party.issuer);
    }
    members.push_back(std::move(member));
  }
  json::object document;
  document["keys"] = std::move(members);
  return json::serialize(document);
}

}  // namespace openimds
