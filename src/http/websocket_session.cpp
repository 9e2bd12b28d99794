#include "http/websocket_session.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace pm {
namespace {

using std::chrono::milliseconds;

// What the kernel keeps for a client that does not read.
constexpr int send_buffer = 128 * 1024;
// Of one client in one turn, so that a talkative one does not keep the others waiting.
constexpr int reads_in_a_turn = 4;
constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t frames_at_once = 32;
constexpr std::size_t kept_capacity = 8;

constexpr milliseconds close_patience{2'000};
constexpr milliseconds cut_off_patience{5'000};

constexpr std::uint16_t going_away = 1001;
constexpr std::uint16_t try_again_later = 1013;

}  // namespace

WebSocketSession::WebSocketSession(UniqueFd socket, std::string unread, Owner& owner, Limits limits)
    : Session(std::move(socket)),
      owner_(owner),
      limits_(limits),
      deadline_(std::chrono::steady_clock::now() + limits.ping_after),
      unread_(std::move(unread)) {
  ::setsockopt(fd(), SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
}

WebSocketSession::~WebSocketSession() {
  if (has_begun_) owner_.on_end(*this);
}

WebSocketSession::Events WebSocketSession::waits_for() const {
  if (phase_ == Phase::over) return over;
  return queue_.empty() ? readable | ended : readable | ended | writable;
}

void WebSocketSession::on_begin() {
  has_begun_ = true;
  owner_.on_open(*this);
  if (!unread_.empty()) receive(std::exchange(unread_, {}));
  flush();
}

void WebSocketSession::on_ready(Events events) {
  if ((events & ~writable) != 0) read_some();
  flush();
}

void WebSocketSession::read_some() {
  std::array<char, read_size> buffer{};
  for (int round = 0; round < reads_in_a_turn && phase_ != Phase::over; ++round) {
    const auto got = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (got <= 0) {
      phase_ = Phase::over;
      return;
    }
    receive({buffer.data(), static_cast<std::size_t>(got)});
    if (static_cast<std::size_t>(got) < buffer.size()) return;
  }
}

void WebSocketSession::receive(std::string_view bytes) {
  if (phase_ == Phase::open) {
    deadline_ = std::chrono::steady_clock::now() + limits_.ping_after;
    is_pinged_ = false;
  }
  for (auto& event : codec_.receive(bytes)) {
    if (event.kind == WebSocketCodec::Event::Kind::answer) {
      push(std::make_shared<const std::string>(std::move(event.data)));
    } else if (phase_ == Phase::open) {
      owner_.on_text(*this, event.data);
    }
  }
  if (codec_.close_sent() && phase_ == Phase::open) begin_closing(close_patience);
}

void WebSocketSession::queue(Bytes frame) {
  if (phase_ == Phase::open) push(std::move(frame));
}

void WebSocketSession::push(Bytes frame) {
  queued_bytes_ += frame->size();
  queue_.push_back(std::move(frame));
  if (phase_ == Phase::open && queued_bytes_ > limits_.queued) flush();
  if (phase_ == Phase::open && queued_bytes_ > limits_.queued) cut_off();
}

void WebSocketSession::flush() {
  while (!queue_.empty() && phase_ != Phase::over) {
    const auto sent = send_some();
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (sent < 0) {
      phase_ = Phase::over;
      return;
    }
    take_off(static_cast<std::size_t>(sent));
  }
  if (queue_.capacity() > kept_capacity) queue_.shrink_to_fit();
  end_if_closed();
}

ssize_t WebSocketSession::send_some() const {
  constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  const auto& first = *queue_.front();
  // What a broadcast to thousands does for each of them.
  if (queue_.size() == 1) {
    return ::send(fd(), first.data() + sent_of_first_, first.size() - sent_of_first_, flags);
  }
  std::array<iovec, frames_at_once> parts{};
  const auto count = std::min(parts.size(), queue_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto skipped = i == 0 ? sent_of_first_ : 0;
    // sendmsg only reads what it is given; iovec has no const form.
    parts.at(i) = {const_cast<char*>(queue_[i]->data()) + skipped, queue_[i]->size() - skipped};
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  return ::sendmsg(fd(), &message, flags);
}

void WebSocketSession::take_off(std::size_t sent) {
  sent_of_first_ += sent;
  queued_bytes_ -= sent;
  auto done = queue_.begin();
  for (; done != queue_.end() && sent_of_first_ >= (*done)->size(); ++done) {
    sent_of_first_ -= (*done)->size();
  }
  queue_.erase(queue_.begin(), done);
}

void WebSocketSession::close(std::uint16_t code, const std::string& reason) {
  if (phase_ != Phase::open) return;
  begin_closing(close_patience);
  push(std::make_shared<const std::string>(codec_.close(code, reason)));
}

void WebSocketSession::cut_off() {
  // The frame under way goes out whole, or the close frame could not be read.
  const std::size_t kept = sent_of_first_ > 0 ? 1 : 0;
  queue_.resize(kept);
  queued_bytes_ = kept == 0 ? 0 : queue_.front()->size() - sent_of_first_;
  begin_closing(cut_off_patience);
  push(std::make_shared<const std::string>(codec_.close(
      try_again_later, "You do not read. Connect again with ?since= the last revision seen.")));
  owner_.on_cut_off();
}

void WebSocketSession::begin_closing(milliseconds patience) {
  phase_ = Phase::closing;
  deadline_ = std::chrono::steady_clock::now() + patience;
}

void WebSocketSession::end_if_closed() {
  const bool has_closed = codec_.close_received() || codec_.has_failed();
  if (phase_ != Phase::closing || !queue_.empty() || !has_closed) return;
  ::shutdown(fd(), SHUT_WR);
  phase_ = Phase::ended;
  deadline_ = std::chrono::steady_clock::now() + close_patience;
}

void WebSocketSession::on_time() {
  if (phase_ != Phase::open || is_pinged_) {
    phase_ = Phase::over;
    return;
  }
  is_pinged_ = true;
  deadline_ = std::chrono::steady_clock::now() + limits_.ping_after;
  push(std::make_shared<const std::string>(WebSocketCodec::ping_frame()));
  flush();
}

void WebSocketSession::on_stop() {
  close(going_away, "The Port Manager is stopping.");
  flush();
}

}  // namespace pm
