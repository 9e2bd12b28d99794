#include "http/websocket_session.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <optional>
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

using Frames = std::span<const WebSocketSession::Bytes>;

std::size_t size_of(Frames frames) {
  return std::transform_reduce(frames.begin(), frames.end(), std::size_t{0}, std::plus<>(),
                               [](const auto& frame) { return frame->size(); });
}

ssize_t send_once(int fd, Frames frames, std::size_t offset) {
  constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  const auto& first = *frames.front();
  // What a broadcast to thousands does for each of them.
  if (frames.size() == 1) return ::send(fd, first.data() + offset, first.size() - offset, flags);
  std::array<iovec, frames_at_once> parts{};
  const auto count = std::min(parts.size(), frames.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto skipped = i == 0 ? offset : 0;
    // sendmsg only reads what it is given; iovec has no const form.
    parts.at(i) = {const_cast<char*>(frames[i]->data()) + skipped, frames[i]->size() - skipped};
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  return ::sendmsg(fd, &message, flags);
}

/// Leaves out the frames that end within the first `offset` bytes, and takes them off the offset.
Frames drop_sent(Frames frames, std::size_t& offset) {
  while (!frames.empty() && offset >= frames.front()->size()) {
    offset -= frames.front()->size();
    frames = frames.subspan(1);
  }
  return frames;
}

/// How many bytes behind the offset the socket takes now. Nothing: the connection is gone.
std::optional<std::size_t> send_frames(int fd, Frames frames, std::size_t offset) {
  std::size_t total = 0;
  while (!frames.empty()) {
    const auto sent = send_once(fd, frames, offset);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (sent < 0) return std::nullopt;
    total += static_cast<std::size_t>(sent);
    offset += static_cast<std::size_t>(sent);
    frames = drop_sent(frames, offset);
  }
  return total;
}

}  // namespace

WebSocketSession::WebSocketSession(UniqueFd socket, std::string unread, const Limits& limits)
    : Session(std::move(socket)),
      limits_(limits),
      deadline_(std::chrono::steady_clock::now() + limits.ping_after),
      unread_(std::move(unread)) {
  ::setsockopt(fd(), SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
}

WebSocketSession::Events WebSocketSession::waits_for() const {
  if (phase_ == Phase::over) return over;
  return queue_.empty() ? readable | ended : readable | ended | writable;
}

void WebSocketSession::on_begin() {
  on_open();
  if (!unread_.empty()) receive(std::exchange(unread_, {}));
  end_turn();
}

void WebSocketSession::on_ready(Events events) {
  const bool has_ended = (events & ~writable) != 0 && !read_some();
  end_turn();
  if (has_ended) phase_ = Phase::over;
}

void WebSocketSession::end_turn() {
  flush();
  // What it queues now waits for the next turn, so that the others have theirs.
  if (phase_ == Phase::open && queue_.empty()) on_drained();
}

/// False: the client sends no more.
bool WebSocketSession::read_some() {
  std::array<char, read_size> buffer{};
  for (int round = 0; round < reads_in_a_turn; ++round) {
    const auto got = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (got <= 0) return false;
    receive({buffer.data(), static_cast<std::size_t>(got)});
    if (static_cast<std::size_t>(got) < buffer.size()) return true;
  }
  return true;
}

void WebSocketSession::receive(std::string_view bytes) {
  if (phase_ == Phase::open) {
    extend_deadline();
    is_pinged_ = false;
  }
  auto events = codec_.receive(bytes);
  // A close is the last answer. Any other is dropped once this side has closed: nothing comes
  // behind that.
  const bool ends_with_close = codec_.close_sent() && phase_ == Phase::open;
  for (auto& event : events) {
    const bool is_close = ends_with_close && &event == &events.back();
    if (phase_ != Phase::open && !is_close) continue;
    if (event.kind == WebSocketCodec::Event::Kind::answer) {
      push(std::make_shared<const std::string>(std::move(event.data)));
    } else {
      on_text(event.data);
    }
  }
  if (codec_.close_sent() && phase_ == Phase::open) begin_closing(close_patience);
}

void WebSocketSession::queue(Bytes frame) {
  if (phase_ == Phase::open) push(std::move(frame));
}

void WebSocketSession::push(Bytes frame) {
  if (frame->empty()) return;
  queued_bytes_ += frame->size();
  queue_.push_back(std::move(frame));
  if (phase_ == Phase::open && is_too_much(0)) flush();
  if (phase_ == Phase::open && is_too_much(0)) cut_off();
}

bool WebSocketSession::is_too_much(std::size_t more) const {
  return queued_bytes_ - burst_ + more > limits_.queued;
}

void WebSocketSession::send(std::span<const Bytes> frames) {
  const auto size = size_of(frames);
  // Otherwise epoll says when the socket takes something again.
  if (phase_ == Phase::open && !queue_.empty() && is_too_much(size)) flush();
  if (phase_ != Phase::open) return;
  if (queue_.empty()) {
    send_at_once(frames);
  } else if (is_too_much(size)) {
    cut_off();
    flush();
  } else {
    queue_.insert(queue_.end(), frames.begin(), frames.end());
    queued_bytes_ += size;
  }
}

void WebSocketSession::send_at_once(std::span<const Bytes> frames) {
  const auto sent = send_frames(fd(), frames, 0);
  if (!sent) {
    phase_ = Phase::over;
    return;
  }
  sent_of_first_ = *sent;
  const auto rest = drop_sent(frames, sent_of_first_);
  if (rest.empty()) return;
  queue_.assign(rest.begin(), rest.end());
  queued_bytes_ = size_of(rest) - sent_of_first_;
  burst_ = queued_bytes_ > limits_.queued ? queued_bytes_ : 0;
}

void WebSocketSession::flush() {
  if (!queue_.empty() && phase_ != Phase::over) {
    const auto sent = send_frames(fd(), queue_, sent_of_first_);
    if (!sent) {
      phase_ = Phase::over;
      return;
    }
    sent_of_first_ += *sent;
    queued_bytes_ -= *sent;
    burst_ -= std::min(burst_, *sent);
    const auto rest = drop_sent(queue_, sent_of_first_);
    queue_.erase(queue_.begin(), queue_.end() - static_cast<std::ptrdiff_t>(rest.size()));
    if (queue_.empty() && queue_.capacity() > kept_capacity) queue_.shrink_to_fit();
    // What its kernel takes of much is a sign of life too: an answer to a ping would wait behind
    // it.
    if (phase_ == Phase::open && *sent > 0 && !queue_.empty()) extend_deadline();
  }
  end_if_closed();
}

void WebSocketSession::close(std::uint16_t code, const std::string& reason) {
  if (phase_ != Phase::open) return;
  begin_closing(close_patience);
  push(std::make_shared<const std::string>(codec_.close(code, reason)));
}

void WebSocketSession::cut_off() {
  if (phase_ != Phase::open) return;
  // The frame under way goes out whole, or the close frame could not be read.
  const std::size_t kept = sent_of_first_ > 0 ? 1 : 0;
  queue_.resize(kept);
  queued_bytes_ = kept == 0 ? 0 : queue_.front()->size() - sent_of_first_;
  burst_ = 0;
  begin_closing(cut_off_patience);
  push(std::make_shared<const std::string>(codec_.close(
      try_again_later, "You do not read. Connect again with ?since= the last revision seen.")));
  on_cut_off();
}

void WebSocketSession::begin_closing(milliseconds patience) {
  phase_ = Phase::closing;
  deadline_ = std::chrono::steady_clock::now() + patience;
}

void WebSocketSession::extend_deadline() {
  deadline_ = std::chrono::steady_clock::now() + limits_.ping_after;
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
  extend_deadline();
  push(std::make_shared<const std::string>(WebSocketCodec::ping_frame()));
  flush();
}

void WebSocketSession::on_stop() {
  close(going_away, "The Port Manager is stopping.");
  flush();
}

}  // namespace pm
