#include "http/long_polls.h"

#include <memory>
#include <utility>
#include <vector>

namespace pm {

class LongPolls::Poll final : public DetachedLoop::Session {
 public:
  Poll(LongPolls& owner, DetachedSocket socket, HttpRequest request, HttpResponse::Wait wait)
      : Session(std::move(socket.fd)),
        owner_(owner),
        unread_(std::move(socket.unread)),
        home_(socket.home),
        request_(std::move(request)),
        revision_(wait.revision),
        deadline_(std::chrono::steady_clock::now() + wait.time) {
    // Before the loop looks at the registry: a commit from now on sees that somebody waits.
    ++owner_.count_;
  }
  ~Poll() override {
    --owner_.count_;
    // One that never began is destroyed by who brought it.
    if (has_begun_) owner_.polls_.erase(this);
  }

  Events waits_for() const override { return is_over_ ? over : ended; }
  void on_begin() override {
    has_begun_ = true;
    owner_.polls_.insert(this);
    const auto time = deadline_ - std::chrono::steady_clock::now();
    const auto most = std::chrono::duration_cast<DetachedLoop::Milliseconds>(time).count() / 16;
    using Jitter = std::uniform_int_distribution<std::int64_t>;
    if (most > 0) deadline_ += DetachedLoop::Milliseconds{Jitter(0, most)(owner_.random_)};
    if (owner_.stopping_ || has_passed(owner_.revision_())) release();
  }
  void on_ready(Events /*events*/) override { release(); }
  DetachedLoop::Time deadline() const override { return deadline_; }
  void on_time() override { release(); }
  void on_stop() override { release(); }

  bool has_passed(std::int64_t revision) const { return revision != revision_; }
  void release() {
    if (std::exchange(is_over_, true)) return;
    owner_.release_({take_fd(), std::move(unread_), home_}, std::move(request_));
  }

 private:
  LongPolls& owner_;
  std::string unread_;
  ReactorThread* home_;
  HttpRequest request_;
  const std::int64_t revision_;
  DetachedLoop::Time deadline_;
  bool has_begun_{false};
  bool is_over_{false};
};

void LongPolls::add(DetachedSocket socket, HttpRequest request, HttpResponse::Wait wait) {
  loop_.add(std::make_unique<Poll>(*this, std::move(socket), std::move(request), wait));
}

void LongPolls::notify() {
  if (count_ > 0) loop_.post([this] { release_passed(); });
}

void LongPolls::release_all() {
  stopping_ = true;
  loop_.post([this] { release_passed(); });
}

void LongPolls::release_passed() {
  const auto revision = revision_();
  const bool stops = stopping_;
  std::vector<Poll*> passed;
  for (auto* poll : polls_) {
    if (stops || poll->has_passed(revision)) passed.push_back(poll);
  }
  for (auto* poll : passed) {
    poll->release();
    loop_.refresh(*poll);
  }
}

}  // namespace pm
