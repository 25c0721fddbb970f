// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/published.h"
#include "base/result.h"
#include "base/secret.h"

namespace openimds {

// What one side of TLS connections insists on: TLS 1.2 and 1.3, forward secrecy and AEAD only, no
// renegotiation, no early data. A server's resumes by stateless tickets (never across two
// contexts), and ALPN settles on `http/1.1` if the client asks. Immutable; every thread may open
// sessions on it.
class TlsContext {
 public:
  // The server's certificate first, then what leads to the root; its key unencrypted, in PEM.
  // Fails with kCryptoFailed, also if the key is not that of the certificate.
  static Result<std::shared_ptr<const TlsContext>> ForServer(std::string_view chain_pem,
                                                             const Secret& key_pem);
  // Servers are believed whose certificate leads to one of these CA certificates in PEM. Fails with
  // kCryptoFailed if there is none among them that can be read.
  static Result<std::shared_ptr<const TlsContext>> ForClient(std::string_view ca_pem);
  ~TlsContext();

 private:
  friend class TlsSession;
  struct Parts;
  explicit TlsContext(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

// Where new connections find their context. A renewed certificate is published; connections that
// are open keep the one that they began with.
using TlsContextSource = Published<TlsContext>;

enum class TlsStatus {
  kFilled,     // all the room that was given is used; there may be more
  kWantsMore,  // everything that was fed is used up
  kClosed,     // the other end said that it is done
  kPlainHttp,  // it speaks HTTP without TLS
  kBroken,     // anything else that ends a session; failure() says what
};

// One side of one TLS connection, in memory: the caller moves the bytes. One thread at a time.
// Nothing here blocks; memory is the caller's to bound, by feeding no more before Read() has said
// kWantsMore.
class TlsSession {
 public:
  explicit TlsSession(std::shared_ptr<const TlsContext> context);  // the server's side
  // The client's side: the server must prove to be `host`, a name or an address without brackets.
  TlsSession(std::shared_ptr<const TlsContext> context, const std::string& host);
  ~TlsSession();

  void Feed(std::string_view ciphertext);

  // Goes on with the handshake, and then decrypts into `room` as much as there is. The last three
  // statuses come with a size of 0, after all plaintext before them, and come again at each call.
  struct ReadOutcome {
    TlsStatus status;
    std::size_t size;
  };
  ReadOutcome Read(char* room, std::size_t size);

  // Appends to `out` what has to be sent: what was made earlier, then `plaintext` encrypted. False
  // if the handshake is not done or the session has failed; nothing may be sent then.
  bool Encrypt(std::string_view plaintext, std::string* out);

  // Appends what the session itself has to say: its part of the handshake, tickets, alerts.
  void TakeOutput(std::string* out);

  // The same, then a close_notify if there is a session to close.
  void Shutdown(std::string* out);

  bool established() const;
  bool AtRest() const;  // established, and no part of a record waits for its rest
  const char* failure() const { return failure_; }  // fixed text, never what was received

 private:
  void Open(std::shared_ptr<const TlsContext> context);
  TlsStatus Conclude(int returned);

  struct Parts;
  const std::unique_ptr<Parts> parts_;
  TlsStatus status_ = TlsStatus::kWantsMore;
  const char* failure_ = "";
};

}  // namespace openimds
