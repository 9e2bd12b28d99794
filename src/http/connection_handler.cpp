#include "http/connection_handler.h"

#include "domain/text.h"
#include "http/request_reader.h"

namespace pm {
namespace {

constexpr const char* connection_key = "connection";
constexpr std::size_t turn_share = 65'536;

Error unreadable() {
  return {ErrorCode::bad_request,
          "The request cannot be read: its method is unknown or its body is malformed (RFC 9112).",
          {}};
}

ConnectionPtr connection_of(const PeerPtr& peer) {
  return std::static_pointer_cast<ClientConnection>(peer->tryGetData(connection_key));
}

}  // namespace

void ParsingHandler::onRequest(const Pistache::Http::Request& request,
                               Pistache::Http::ResponseWriter writer) {
  const auto peer = writer.getPeer();
  if (!peer) return;
  if (const auto connection = connection_of(peer)) {
    connection->ready = read_request(request, connection->framer.head(), peer->address().host());
  }
}

void ConnectionHandler::onConnection(const PeerPtr& peer) {
  static_cast<Pistache::Tcp::Handler&>(*parser_).onConnection(peer);
  auto connection = std::make_shared<ClientConnection>(limits_);
  connection->since = std::chrono::steady_clock::now();
  peer->putData(connection_key, connection);
  connections_.emplace(peer, std::move(connection));
}

void ConnectionHandler::onDisconnection(const PeerPtr& peer) {
  connections_.erase(peer);
}

void ConnectionHandler::onInput(const char* buffer, std::size_t size, const PeerPtr& peer) {
  const auto connection = connection_of(peer);
  if (!connection || connection->gone) return;
  if (connection->turn != turn_) {
    connection->turn = turn_;
    connection->turn_bytes = 0;
  }
  connection->turn_bytes += size;
  const bool finished = consume(peer, *connection, std::string_view(buffer, size));
  if (finished || connection->phase != connection->framer.phase()) {
    connection->phase = connection->framer.phase();
    connection->since = std::chrono::steady_clock::now();
  }
}

bool ConnectionHandler::consume(const PeerPtr& peer, ClientConnection& connection,
                                std::string_view input) {
  bool finished = false;
  while (!input.empty() && !connection.gone) {
    const auto step = connection.framer.next(input);
    if (!step) {
      sink_->on_refusal(peer, connection, step.error());
      return finished;
    }
    input.remove_prefix(step->consumed);
    if (!step->feed.empty()) feed(peer, connection, *step, !input.empty());
    if (!step->complete || connection.gone) continue;
    if (!connection.ready) {
      sink_->on_refusal(peer, connection, unreadable());
      return finished;
    }
    auto request = std::move(*connection.ready);
    connection.ready.reset();
    connection.framer.finish();
    finished = true;
    sink_->on_request(peer, connection, std::move(request), input);
  }
  // Pistache reads until the client pauses; one that never does must not keep the thread. Between
  // two requests nothing is lost by going to the end of the queue.
  const bool between = connection.framer.phase() == RequestFramer::Phase::idle;
  if (!connection.gone && between && connection.turn_bytes > turn_share) {
    sink_->on_yield(peer, connection, input);
  }
  return finished;
}

void ConnectionHandler::feed(const PeerPtr& peer, ClientConnection& connection,
                             const RequestFramer::Step& step, bool more_input) {
  static_cast<Pistache::Tcp::Handler&>(*parser_).onInput(step.feed.data(), step.feed.size(), peer);
  if (connection.ready) return;
  // Without a whole request the parser must be waiting for a body. Anything else means that it
  // has refused the request, has begun anew, and has queued an answer that nobody shall see.
  const auto parser = Pistache::Http::Handler::getParser(peer);
  if (parser->step()->id() != Pistache::Http::Private::BodyStep::Id) {
    sink_->on_refusal(peer, connection, unreadable());
  } else if (step.head_complete) {
    meet_expectation(peer, connection, more_input);
  }
}

void ConnectionHandler::meet_expectation(const PeerPtr& peer, ClientConnection& connection,
                                         bool more_input) {
  const auto& head = connection.framer.head();
  const auto found = head.headers.find("expect");
  if (found == head.headers.end()) return;
  if (ascii_lower(found->second) != "100-continue") {
    sink_->on_refusal(peer, connection,
                      {ErrorCode::expectation_failed,
                       "The only expectation that is met here is 100-continue.",
                       {}});
  } else if (!head.http10 && !more_input) {
    sink_->on_continue(peer);
  }
}

}  // namespace pm
