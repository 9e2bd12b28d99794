#include "store/group_commit.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace pm {
namespace {

tl::unexpected<Error> stopped() {
  return fail(ErrorCode::shutting_down,
              "The Port Manager is stopping; nothing was changed. Try again in a moment.");
}

}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<Ledger> ledger, std::chrono::milliseconds outside_check)
    : ledger_(std::move(ledger)),
      outside_check_(outside_check),
      snapshot_(ledger_->state()),
      writer_([this] { run(); }) {}

GroupCommit::~GroupCommit() {
  stop();
}

Expected<Committed> GroupCommit::commit(const ChangeContext& context, Store::Rule rule) {
  Waiting waiting{{context, std::move(rule)}, {}};
  auto answer = waiting.answer.get_future();
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) return stopped();
    queue_.push_back(std::move(waiting));
  }
  wake_.notify_one();
  return answer.get();
}

Expected<bool> GroupCommit::write_aside(AsideWork work) {
  Aside aside{std::move(work), {}};
  auto answer = aside.answer.get_future();
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) return stopped();
    asides_.push_back(std::move(aside));
  }
  wake_.notify_one();
  return answer.get();
}

Snapshot GroupCommit::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return snapshot_;
}

void GroupCommit::observe(std::function<void(const CommitNotice&)> observer) {
  const std::lock_guard lock(observers_mutex_);
  observers_.push_back(std::move(observer));
}

void GroupCommit::stop() {
  std::call_once(stopped_, [this] {
    {
      const std::lock_guard lock(queue_mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
  });
}

void GroupCommit::run() {
  std::unique_lock lock(queue_mutex_);
  for (;;) {
    wake_.wait_for(lock, outside_check_,
                   [this] { return stopping_ || !queue_.empty() || !asides_.empty(); });
    if (stopping_ && queue_.empty() && asides_.empty()) return;
    auto waiting = std::exchange(queue_, {});
    auto aside = next_aside();
    lock.unlock();
    if (waiting.empty()) {
      look_outside();
    } else {
      settle(std::move(waiting));
    }
    if (aside) aside->answer.set_value(ledger_->write_aside(aside->work));
    lock.lock();
  }
}

std::optional<GroupCommit::Aside> GroupCommit::next_aside() {
  if (asides_.empty()) return std::nullopt;
  auto first = std::move(asides_.front());
  asides_.pop_front();
  return first;
}

void GroupCommit::settle(std::vector<Waiting> waiting) {
  std::vector<CommitRequest> requests;
  requests.reserve(waiting.size());
  for (auto& each : waiting) requests.push_back(std::move(each.request));

  auto answers = ledger_->commit(requests);
  if (!answers && requests.size() > 1) {
    answers = std::vector<Ledger::Answer>();
    for (const auto& request : requests) answers->push_back(commit_alone(request));
  }
  publish();
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    waiting[i].answer.set_value(answers ? std::move((*answers)[i])
                                        : tl::unexpected(answers.error()));
  }
}

Ledger::Answer GroupCommit::commit_alone(const CommitRequest& request) {
  auto answers = ledger_->commit({&request, 1});
  if (!answers) return tl::unexpected(answers.error());
  return std::move(answers->front());
}

void GroupCommit::look_outside() {
  const auto looked = ledger_->take_over_outside_changes();
  const auto fault = looked ? std::string() : looked.error().message;
  if (!looked && fault != last_fault_) spdlog::error("{}", fault);
  last_fault_ = fault;
  publish();
}

void GroupCommit::publish() {
  const auto notices = ledger_->take_notices();
  if (notices.empty()) return;
  {
    const std::lock_guard lock(snapshot_mutex_);
    snapshot_ = ledger_->state();
  }
  std::vector<std::function<void(const CommitNotice&)>> observers;
  {
    const std::lock_guard lock(observers_mutex_);
    observers = observers_;
  }
  for (const auto& notice : notices) {
    if (notice.changes->action == "external") {
      spdlog::warn("Another program wrote to the database; its changes are revision {}.",
                   notice.revision);
    }
    for (const auto& observer : observers) {
      try {
        observer(notice);
      } catch (const std::exception& thrown) {
        spdlog::error("An observer of revision {} failed: {}", notice.revision, thrown.what());
      }
    }
  }
}

}  // namespace pm
