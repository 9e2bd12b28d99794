#pragma once

#include <pistache/http.h>
#include <pistache/peer.h>
#include <pistache/tcp.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/http_message.h"
#include "http/request_framer.h"

namespace pm {

/// What is kept for each connection while Pistache has it.
struct ClientConnection {
  explicit ClientConnection(RequestFramer::Limits limits) : framer(limits) {}

  RequestFramer framer;
  std::optional<HttpRequest> ready;  ///< set when Pistache has parsed a whole request
  RequestFramer::Phase phase{RequestFramer::Phase::idle};
  std::chrono::steady_clock::time_point since;  ///< in this phase since
  bool gone{false};                             ///< its socket has been taken out of Pistache
  std::uint64_t turn{0};                        ///< of the reactor, when it was last read from
  std::size_t turn_bytes{0};                    ///< read in that turn
};

using ConnectionPtr = std::shared_ptr<ClientConnection>;
using PeerPtr = std::shared_ptr<Pistache::Tcp::Peer>;

/// Pistache's own HTTP handler, asked for its parser only: it hands each complete request to the
/// connection and answers nothing.
class ParsingHandler final : public Pistache::Http::Handler {
 public:
  HTTP_PROTOTYPE(ParsingHandler)

  void onRequest(const Pistache::Http::Request& request,
                 Pistache::Http::ResponseWriter writer) override;
};

/// Sits between Pistache's transport and its parser. The transport's own path has no answer to
/// pipelined requests, clients that do not read, broken framing and more (pistache-notes.md); here
/// each byte passes the RequestFramer first, and every answer is ours.
///
/// Lives on one reactor thread, like everything of its transport.
class ConnectionHandler final : public Pistache::Tcp::Handler {
 public:
  PROTOTYPE_OF(Pistache::Tcp::Handler, ConnectionHandler)

  /// What the reactor thread does with what arrives.
  class Sink {
   public:
    virtual ~Sink() = default;
    /// A complete request; `rest` is what came behind it in the same read. May set gone.
    virtual void on_request(const PeerPtr& peer, ClientConnection& connection, HttpRequest request,
                            std::string_view rest) = 0;
    /// Not a request: the answer is the error, and the connection ends. Sets gone.
    virtual void on_refusal(const PeerPtr& peer, ClientConnection& connection,
                            const Error& error) = 0;
    /// The connection has had its share of this turn; `rest` is for another one. Sets gone.
    virtual void on_yield(const PeerPtr& peer, ClientConnection& connection,
                          std::string_view rest) = 0;
    /// The client waits for the word to send its body.
    virtual void on_continue(const PeerPtr& peer) = 0;
  };

  ConnectionHandler(std::shared_ptr<ParsingHandler> parser, RequestFramer::Limits limits)
      : parser_(std::move(parser)), limits_(limits) {}

  /// Call before the first connection; the sink outlives the handler.
  void set_sink(Sink* sink) { sink_ = sink; }

  void onConnection(const PeerPtr& peer) override;
  void onDisconnection(const PeerPtr& peer) override;
  void onInput(const char* buffer, std::size_t size, const PeerPtr& peer) override;

  /// Another round of events begins: every connection has its full share again.
  void begin_turn() { ++turn_; }

  const std::map<PeerPtr, ConnectionPtr>& connections() const { return connections_; }

 private:
  /// True when a request has been read to its end.
  bool consume(const PeerPtr& peer, ClientConnection& connection, std::string_view input);
  void feed(const PeerPtr& peer, ClientConnection& connection, const RequestFramer::Step& step,
            bool more_input);
  void meet_expectation(const PeerPtr& peer, ClientConnection& connection, bool more_input);

  std::shared_ptr<ParsingHandler> parser_;
  RequestFramer::Limits limits_;
  Sink* sink_{nullptr};
  std::uint64_t turn_{0};
  std::map<PeerPtr, ConnectionPtr> connections_;
};

}  // namespace pm
