#include "http_client/websocket_client.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <poll.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include "domain/text.h"
#include "http_client/curl_easy.h"
#include "http_client/url.h"

namespace pm {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint64_t longest_message = 64ULL * 1024 * 1024;
constexpr std::size_t longest_head = 16UL * 1024;
constexpr std::size_t key_bytes = 16;
constexpr const char* websocket_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

template <std::size_t size>
std::string base64(const std::array<unsigned char, size>& bytes) {
  std::array<unsigned char, 4 * ((size + 2) / 3) + 1> text{};
  const auto length = ::EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(size));
  return {text.begin(), text.begin() + length};
}

std::string new_key() {
  std::array<unsigned char, key_bytes> bytes{};
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes");
  }
  return base64(bytes);
}

/// What the server has to answer to a key (RFC 6455 section 4.2.2).
std::string accept_of(const std::string& key) {
  const auto text = key + websocket_guid;
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base64(digest);
}

/// The value of a header line in a response's head; the name in lower case.
std::string header_of(const std::string& head, const std::string& name) {
  const auto at = ascii_lower(head).find("\r\n" + name + ":");
  if (at == std::string::npos) return {};
  const auto begin = head.find_first_not_of(" \t", at + name.size() + 3);
  const auto end = head.find("\r\n", begin);
  const auto last = head.find_last_not_of(" \t", end - 1);
  return head.substr(begin, last + 1 - begin);
}

/// Waits for the descriptors; `stop_fd` readable is true.
bool poll_for(int fd, short events, milliseconds longest, int stop_fd) {
  std::array<pollfd, 2> waits{{{fd, events, 0}, {stop_fd, POLLIN, 0}}};
  ::poll(waits.data(), waits.size(), static_cast<int>(std::max<std::int64_t>(longest.count(), 0)));
  return waits[1].revents != 0;
}

}  // namespace

struct WebSocketClient::Connection {
  explicit Connection(const Options& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { wslay_event_context_free(event); }

  static Connection& of(void* self) { return *static_cast<Connection*>(self); }
  static ssize_t receive_some(wslay_event_context_ptr event, std::uint8_t* buffer,
                              std::size_t length, int flags, void* self);
  static ssize_t send_some(wslay_event_context_ptr event, const std::uint8_t* data,
                           std::size_t length, int flags, void* self);
  static void take_message(wslay_event_context_ptr event,
                           const wslay_event_on_msg_recv_arg* message, void* self);

  Expected<void> open(const Options& options);
  Expected<void> shake_hands(const Options& options);
  /// The bytes that are there; nothing when there are none yet. "" is the end.
  std::optional<std::string> read_some();
  void send_queued();
  void queue(std::uint8_t opcode, std::string_view payload);
  void end(std::string why);

  int stop_fd;
  CurlEasy easy;
  int fd{-1};
  wslay_event_context_ptr event{nullptr};
  std::string unread;  ///< came with the handshake's answer
  std::vector<std::string> messages;
  std::string over;  ///< why, once it is
  steady_clock::time_point last_heard{steady_clock::now()};
};

WebSocketClient::Connection::Connection(const Options& options) : stop_fd(options.stop_fd) {
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = receive_some;
  callbacks.send_callback = send_some;
  callbacks.on_msg_recv_callback = take_message;
  callbacks.genmask_callback = [](wslay_event_context_ptr, std::uint8_t* mask, std::size_t length,
                                  void*) {
    return ::RAND_bytes(mask, static_cast<int>(length)) == 1 ? 0 : -1;
  };
  if (wslay_event_context_client_init(&event, &callbacks, this) != 0) throw std::bad_alloc();
  wslay_event_config_set_max_recv_msg_length(event, longest_message);
}

ssize_t WebSocketClient::Connection::receive_some(wslay_event_context_ptr event,
                                                  std::uint8_t* buffer, std::size_t length,
                                                  int /*flags*/, void* self) {
  auto& connection = of(self);
  if (connection.unread.empty()) {
    const auto bytes = connection.read_some();
    if (!bytes || bytes->empty()) {
      if (bytes) connection.end("the connection was cut");
      wslay_event_set_error(event, bytes ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    connection.unread = *bytes;
    connection.last_heard = steady_clock::now();
  }
  const auto count = std::min(length, connection.unread.size());
  std::copy_n(connection.unread.begin(), count, buffer);
  connection.unread.erase(0, count);
  return static_cast<ssize_t>(count);
}

ssize_t WebSocketClient::Connection::send_some(wslay_event_context_ptr event,
                                               const std::uint8_t* data, std::size_t length,
                                               int /*flags*/, void* self) {
  auto& connection = of(self);
  std::size_t sent = 0;
  const auto code = curl_easy_send(connection.easy.get(), data, length, &sent);
  if (code == CURLE_OK) return static_cast<ssize_t>(sent);
  wslay_event_set_error(event,
                        code == CURLE_AGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

void WebSocketClient::Connection::take_message(wslay_event_context_ptr /*event*/,
                                               const wslay_event_on_msg_recv_arg* message,
                                               void* self) {
  auto& connection = of(self);
  if (message->opcode == WSLAY_TEXT_FRAME) {
    connection.messages.emplace_back(reinterpret_cast<const char*>(message->msg),
                                     message->msg_length);
  } else if (message->opcode == WSLAY_CONNECTION_CLOSE) {
    connection.end("closed with code " + std::to_string(message->status_code));
  }
}

std::optional<std::string> WebSocketClient::Connection::read_some() {
  std::array<char, 16UL * 1024> buffer{};
  std::size_t count = 0;
  const auto code = curl_easy_recv(easy.get(), buffer.data(), buffer.size(), &count);
  if (code == CURLE_AGAIN) return std::nullopt;
  return std::string(buffer.data(), code == CURLE_OK ? count : 0);
}

Expected<void> WebSocketClient::Connection::open(const Options& options) {
  const auto place = place_of(options.url);
  if (place.empty()) return fail(ErrorCode::service_unreachable, "its address is not a URL");
  easy.set(CURLOPT_URL, options.url.c_str());
  easy.set(CURLOPT_CONNECT_ONLY, 1L);
  easy.set(CURLOPT_PROTOCOLS_STR, "http,https");
  easy.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  easy.set(CURLOPT_NOPROXY, "*");
  easy.set(CURLOPT_NOSIGNAL, 1L);
  easy.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
  if (stop_fd >= 0) easy.set_stop_fd(stop_fd);
  if (const auto code = easy.perform(); code != CURLE_OK) {
    return fail(ErrorCode::service_unreachable,
                place + " could not be reached: " + curl_easy_strerror(code));
  }
  curl_socket_t socket = CURL_SOCKET_BAD;
  (curl_easy_getinfo)(easy.get(), CURLINFO_ACTIVESOCKET, &socket);
  fd = socket;
  return shake_hands(options);
}

Expected<void> WebSocketClient::Connection::shake_hands(const Options& options) {
  const auto place = place_of(options.url);
  const auto key = new_key();
  const auto request =
      "GET " + target_of(options.url) + " HTTP/1.1\r\nHost: " + place +
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
      "\r\nSec-WebSocket-Version: 13\r\n\r\n";
  std::size_t sent = 0;
  // A new connection takes a few hundred bytes at once.
  if (curl_easy_send(easy.get(), request.data(), request.size(), &sent) != CURLE_OK ||
      sent != request.size()) {
    return fail(ErrorCode::service_unreachable, "the connection to " + place + " was cut");
  }
  const auto deadline = steady_clock::now() + options.timeout;
  std::size_t end = std::string::npos;
  while ((end = unread.find("\r\n\r\n")) == std::string::npos) {
    const auto bytes = read_some();
    if (bytes) unread += *bytes;
    if ((bytes && bytes->empty()) || unread.size() > longest_head) {
      return fail(ErrorCode::service_unreachable, place + " did not answer as HTTP does");
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    const bool is_over = left.count() <= 0;
    if (is_over || (!bytes && poll_for(fd, POLLIN, left, stop_fd))) {
      return fail(ErrorCode::service_unreachable, "no answer from " + place + " in time");
    }
  }
  const auto head = unread.substr(0, end + 2);
  unread.erase(0, end + 4);
  const bool is_accepted = head.starts_with("HTTP/1.1 101 ") &&
                           header_of(head, "sec-websocket-accept") == accept_of(key);
  if (is_accepted) return {};
  return fail(ErrorCode::service_refused,
              place + " opens no WebSocket: " + head.substr(0, head.find("\r\n")));
}

void WebSocketClient::Connection::end(std::string why) {
  if (over.empty()) over = std::move(why);
}

void WebSocketClient::Connection::send_queued() {
  if (wslay_event_want_write(event) != 0 && wslay_event_send(event) != 0) {
    end("the connection was cut");
  }
}

void WebSocketClient::Connection::queue(std::uint8_t opcode, std::string_view payload) {
  const wslay_event_msg message{opcode, reinterpret_cast<const std::uint8_t*>(payload.data()),
                                payload.size()};
  wslay_event_queue_msg(event, &message);
  send_queued();
}

WebSocketClient::WebSocketClient(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
WebSocketClient::WebSocketClient(WebSocketClient&&) noexcept = default;
WebSocketClient& WebSocketClient::operator=(WebSocketClient&&) noexcept = default;
WebSocketClient::~WebSocketClient() = default;

Expected<WebSocketClient> WebSocketClient::connect(const Options& options) {
  auto connection = std::make_unique<Connection>(options);
  if (const auto opened = connection->open(options); !opened) {
    return tl::unexpected(opened.error());
  }
  return WebSocketClient(std::move(connection));
}

bool WebSocketClient::wait(milliseconds longest, int stop_fd) {
  auto& state = *connection_;
  if (!state.unread.empty()) longest = milliseconds{0};
  const bool wants_write = wslay_event_want_write(state.event) != 0;
  const auto events = static_cast<short>(POLLIN | (wants_write ? POLLOUT : 0));
  return poll_for(state.fd, events, longest, stop_fd);
}

std::vector<std::string> WebSocketClient::receive() {
  auto& state = *connection_;
  if (!is_open()) return {};
  const auto result = wslay_event_recv(state.event);
  state.send_queued();
  if (result != 0) state.end("the connection was cut");
  if (wslay_event_get_read_enabled(state.event) == 0) state.end("what came is no WebSocket frame");
  return std::exchange(state.messages, {});
}

bool WebSocketClient::is_open() const {
  return connection_->over.empty();
}

const std::string& WebSocketClient::reason() const {
  return connection_->over;
}

steady_clock::time_point WebSocketClient::last_heard() const {
  return connection_->last_heard;
}

void WebSocketClient::send_text(std::string_view text) {
  if (is_open()) connection_->queue(WSLAY_TEXT_FRAME, text);
}

void WebSocketClient::ping() {
  if (is_open()) connection_->queue(WSLAY_PING, {});
}

void WebSocketClient::close() {
  auto& state = *connection_;
  if (!is_open()) return;
  wslay_event_queue_close(state.event, WSLAY_CODE_NORMAL_CLOSURE, nullptr, 0);
  state.send_queued();
  state.end("closed");
}

}  // namespace pm
