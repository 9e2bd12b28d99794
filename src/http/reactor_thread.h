#pragma once

#include <pistache/reactor.h>
#include <pistache/transport.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/unique_fd.h"
#include "http/connection_handler.h"
#include "http/detached_loop.h"
#include "http/http_message.h"

namespace pm {

class ReactorThread;

/// A client's socket outside of Pistache, with what the client has sent behind its request.
struct DetachedSocket {
  UniqueFd fd;
  std::string unread;
  ReactorThread* home{nullptr};
};

/// One of Pistache's reactors on a thread of ours: it accepts from the shared listening socket,
/// reads, and hands complete requests to the Requests. Pistache's own Listener is not used, because
/// its cross-thread queues can lose a wake-up and its accept loop spins when descriptors run out
/// (pistache-notes.md); here everything that touches a transport happens on its own thread.
class ReactorThread final : private ConnectionHandler::Sink {
 public:
  struct Options {
    RequestFramer::Limits limits;
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds keep_alive_timeout{60'000};
  };

  /// Takes the connection out of Pistache; nothing when the machine has no descriptor for that, and
  /// then the connection is as it was.
  using Detach = std::function<std::optional<DetachedSocket>()>;

  /// What becomes of connections and requests. Called on the reactor thread: it must not block.
  class Requests {
   public:
    virtual ~Requests() = default;
    /// False: a connection that comes now is closed at once.
    virtual bool has_room() const = 0;
    /// The answer, or nothing: then `detach` has been called and the answer comes another way.
    virtual std::optional<HttpResponse> on_request(HttpRequest& request, const Detach& detach) = 0;
    /// Told of what was answered without on_request(), because HTTP forbids it. Of a request that
    /// could not be read to its end, what was read.
    virtual void on_refused(const HttpRequest& request, int status) = 0;
  };

  /// `listen_fd` is non-blocking and outlives the thread.
  ReactorThread(int listen_fd, Requests& requests, DetachedLoop& detached, Options options);
  ~ReactorThread() override;
  ReactorThread(const ReactorThread&) = delete;
  ReactorThread& operator=(const ReactorThread&) = delete;

  void start();
  /// Accepts nobody any more; connections go on. From any thread.
  void stop_accepting();
  /// Closes all connections and ends the thread. From any thread but its own. Idempotent.
  void stop();

  /// Runs the task on the reactor's thread. From any thread.
  void post(std::function<void()> task);

  /// Connections in its care. From any thread.
  std::size_t connections() const { return connection_count_; }

  /// Sends an answer over a detached socket and gives it back to Pistache, or ends the connection.
  /// From any thread; it does not block.
  static void answer(DetachedSocket socket, const HttpRequest& request,
                     const HttpResponse& response, DetachedLoop& detached);

 private:
  class Transport;

  void on_request(const PeerPtr& peer, ClientConnection& connection, HttpRequest request,
                  std::string_view rest) override;
  void on_refusal(const PeerPtr& peer, ClientConnection& connection, const Error& error) override;
  void on_yield(const PeerPtr& peer, ClientConnection& connection, std::string_view rest) override;
  void on_continue(const PeerPtr& peer) override;

  static void answer_rest(DetachedSocket socket, DetachedLoop::Output output, bool keep_alive,
                          DetachedLoop& detached);

  void run_posted();
  /// Takes the socket back into Pistache.
  void adopt(DetachedSocket socket);
  std::optional<DetachedSocket> detach(const PeerPtr& peer, ClientConnection& connection,
                                       std::string_view rest);
  /// Ends the connection: Pistache's next read of it finds the end.
  void cut(const PeerPtr& peer, ClientConnection& connection);
  void send(const PeerPtr& peer, ClientConnection& connection, const HttpRequest& request,
            const HttpResponse& response, std::string_view rest);
  void accept_all();
  void shed_one();
  void sweep();

  const int listen_fd_;
  Requests& requests_;
  DetachedLoop& detached_;
  const Options options_;
  UniqueFd wake_;
  UniqueFd timer_;
  UniqueFd dead_end_;  // reading it gives end of file
  UniqueFd spare_;     // given up for a moment when descriptors run out
  std::shared_ptr<ConnectionHandler> handler_;
  std::shared_ptr<Transport> transport_;
  std::shared_ptr<Pistache::Aio::Reactor> reactor_;
  Pistache::Aio::Reactor::Key key_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  bool accepting_{true};
  bool has_ended_{false};  ///< of the reactor's thread
  std::atomic<std::size_t> connection_count_{0};
  std::thread thread_;
};

/// The time as an IMF-fixdate (RFC 9110 section 5.6.7), made anew each second.
std::string http_date();

}  // namespace pm
