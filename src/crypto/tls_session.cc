// SPDX-License-Identifier: Apache-2.0
#include "crypto/tls_session.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <utility>

#include "base/reasons.h"
#include "crypto/openssl_rsa.h"

namespace openimds {

struct TlsContext::Parts {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{nullptr, SSL_CTX_free};
};

struct TlsSession::Parts {
  std::shared_ptr<const TlsContext> context;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, SSL_free};
  BIO* in = nullptr;  // both belong to `ssl`
  BIO* out = nullptr;
};

namespace {

constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

tl::unexpected<Error> NoContext(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kCryptoFailed,
              what + ": " + TakeOpenSslReason());
}

OpenSslPtr<BIO> Reader(std::string_view text) {
  return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A client that speaks HTTP/2 alone is told so now, instead of being misunderstood later.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  const int outcome =
      SSL_select_next_proto(&found, chosen_size, kHttp11, sizeof kHttp11, offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool SetPolicy(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // idle connections are many
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, ChooseProtocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1 &&
         SSL_CTX_set_num_tickets(context, 1) == 1;
}

bool UseChain(SSL_CTX* context, std::string_view pem) {
  const auto reader = Reader(pem);
  const OpenSslPtr<X509> leaf(
      PEM_read_bio_X509_AUX(reader.get(), nullptr, RefusePassphrase, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return false;
  while (X509* next = PEM_read_bio_X509(reader.get(), nullptr, RefusePassphrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return false;
    }
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (ended) ERR_clear_error();
  return ended;
}

// How many were taken; one that cannot be read ends the list.
int TrustAll(SSL_CTX* context, std::string_view pem) {
  const auto reader = Reader(pem);
  int count = 0;
  while (true) {
    const OpenSslPtr<X509> ca(
        PEM_read_bio_X509_AUX(reader.get(), nullptr, RefusePassphrase, nullptr));
    if (!ca || X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get()) != 1) return count;
    ++count;
  }
}

}  // namespace

TlsContext::TlsContext(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::ForServer(std::string_view chain_pem,
                                                                const Secret& key_pem) {
  auto parts = std::make_unique<Parts>();
  parts->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = parts->context.get();
  if (context == nullptr || !SetPolicy(context)) return NoContext("could not set up TLS");
  if (!UseChain(context, chain_pem)) return NoContext("could not use the certificates for TLS");
  const auto reader = Reader(key_pem.RevealSecret());
  const OpenSslPtr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(reader.get(), nullptr, RefusePassphrase, nullptr));
  if (!key) return NoContext("expected an unencrypted private key in PEM for TLS");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return NoContext("the private key for TLS is not that of the certificate");
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(parts)));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::ForClient(std::string_view ca_pem) {
  auto parts = std::make_unique<Parts>();
  parts->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = parts->context.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, kTls12Ciphers) != 1) {
    return NoContext("could not set up TLS");
  }
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (TrustAll(context, ca_pem) == 0) return NoContext("expected CA certificates in PEM");
  ERR_clear_error();
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(parts)));
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context)
    : parts_(std::make_unique<Parts>()) {
  Open(std::move(context));
  SSL_set_accept_state(parts_->ssl.get());
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, const std::string& host)
    : parts_(std::make_unique<Parts>()) {
  Open(std::move(context));
  SSL* const ssl = parts_->ssl.get();
  // An address is looked for among the certificate's addresses, and no server is asked for one by
  // name.
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  ERR_clear_error();
  const bool named = is_address || (SSL_set1_host(ssl, host.c_str()) == 1 &&
                                    SSL_set_tlsext_host_name(ssl, host.c_str()) == 1);
  if (!named) {
    status_ = TlsStatus::kBroken;
    failure_ = "the host's name is none that a certificate could have";
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set_connect_state(ssl);
}

void TlsSession::Open(std::shared_ptr<const TlsContext> context) {
  parts_->context = std::move(context);
  parts_->ssl.reset(SSL_new(parts_->context->parts_->context.get()));
  parts_->in = BIO_new(BIO_s_mem());
  parts_->out = BIO_new(BIO_s_mem());
  if (!parts_->ssl || parts_->in == nullptr || parts_->out == nullptr) {
    std::abort();  // only memory can be missing
  }
  SSL_set_bio(parts_->ssl.get(), parts_->in, parts_->out);
}

TlsSession::~TlsSession() = default;

void TlsSession::Feed(std::string_view ciphertext) {
  BIO_write(parts_->in, ciphertext.data(), static_cast<int>(ciphertext.size()));
}

TlsSession::ReadOutcome TlsSession::Read(char* room, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    if (status_ != TlsStatus::kWantsMore)
      return {filled > 0 ? TlsStatus::kFilled : status_, filled};
    ERR_clear_error();  // SSL_get_error() looks at what others may have left there
    std::size_t got = 0;
    const int returned = SSL_read_ex(parts_->ssl.get(), room + filled, size - filled, &got);
    if (returned == 1) {
      filled += got;
      continue;
    }
    status_ = Conclude(returned);
    if (status_ == TlsStatus::kWantsMore) return {status_, filled};
  }
  return {TlsStatus::kFilled, filled};
}

TlsStatus TlsSession::Conclude(int returned) {
  switch (SSL_get_error(parts_->ssl.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return TlsStatus::kWantsMore;
    case SSL_ERROR_ZERO_RETURN:
      return TlsStatus::kClosed;
    default:
      break;
  }
  const unsigned long error = ERR_peek_error();
  const char* const text = ERR_reason_error_string(error);
  failure_ = text != nullptr ? text : "no reason given";
  if (ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    failure_ = X509_verify_cert_error_string(SSL_get_verify_result(parts_->ssl.get()));
  }
  const bool plain =
      ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
  ERR_clear_error();
  return plain ? TlsStatus::kPlainHttp : TlsStatus::kBroken;
}

bool TlsSession::Encrypt(std::string_view plaintext, std::string* out) {
  if (!plaintext.empty()) {
    ERR_clear_error();
    std::size_t written = 0;
    const bool sealed = established() && SSL_write_ex(parts_->ssl.get(), plaintext.data(),
                                                      plaintext.size(), &written) == 1;
    ERR_clear_error();
    if (!sealed || written != plaintext.size()) return false;
  }
  TakeOutput(out);
  return true;
}

void TlsSession::TakeOutput(std::string* out) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(parts_->out, &data);
  if (size <= 0) return;
  out->append(data, static_cast<std::size_t>(size));
  (void)BIO_reset(parts_->out);
}

void TlsSession::Shutdown(std::string* out) {
  if (established()) {
    SSL_shutdown(parts_->ssl.get());
    ERR_clear_error();
  }
  TakeOutput(out);
}

bool TlsSession::established() const {
  return SSL_is_init_finished(parts_->ssl.get()) == 1 && status_ != TlsStatus::kBroken &&
         status_ != TlsStatus::kPlainHttp;
}

bool TlsSession::AtRest() const {
  return established() && BIO_ctrl_pending(parts_->in) == 0 &&
         SSL_has_pending(parts_->ssl.get()) == 0;
}

}  // namespace openimds
