#include "upstream/upstreams.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "upstream/hub_reporter.h"
#include "upstream/hub_restart.h"
#include "upstream/ninja_reporter.h"
#include "upstream/outbox_delivery.h"
#include "upstream/upstream_channel.h"
#include "upstream/wakeable_loop.h"

namespace pm {
namespace {

UpstreamChannel::Options channel_options(const UpstreamCallOptions& calls, std::string target,
                                         std::string name, std::string url) {
  return {.target = std::move(target),
          .name = std::move(name),
          .url = std::move(url),
          .timeout = calls.timeout,
          .at_once = calls.at_once,
          .longest_retry_after = calls.longest_retry_after,
          .circuit = calls.circuit};
}

template <typename Kind>
bool has(const CommitNotice& notice) {
  return std::any_of(notice.changes->changes.begin(), notice.changes->changes.end(),
                     [](const Change& change) { return std::holds_alternative<Kind>(change); });
}

/// One of the two: its channel, its events and its reporter, with a thread each for the last two.
template <typename Reporter>
class Side {
 public:
  template <typename MakeReporter>
  Side(UpstreamChannel::Options channel, const std::string& events_path,
       const UpstreamCallOptions& calls, Outbox& outbox, const Clock& clock,
       MakeReporter&& make_reporter)
      : channel_(std::move(channel), clock),
        delivery_(outbox, channel_, clock, events_path, calls),
        reporter_(make_reporter(channel_)) {
    channel_.on_back([this] {
      delivery_.back();
      reporter_.back();
      delivery_loop_.notify();
      reporter_loop_.notify();
    });
  }

  void start(const std::function<void()>& last = {}) {
    delivery_loop_.start([this] { return delivery_.step(); });
    reporter_loop_.start([this] { return reporter_.step(); }, last);
  }
  void interrupt() {
    channel_.stop();
    delivery_loop_.stop();
    reporter_loop_.stop();
  }
  void join() {
    delivery_loop_.join();
    reporter_loop_.join();
  }

  void notify_delivery() { delivery_loop_.notify(); }
  void notify_reporter() { reporter_loop_.notify(); }
  UpstreamChannel& channel() { return channel_; }
  Reporter& reporter() { return reporter_; }

  UpstreamState state() const {
    auto state = channel_.state();
    const auto known = reporter_.registration();
    state.registered = known.registered;
    state.registered_at = known.at;
    return state;
  }

 private:
  UpstreamChannel channel_;
  OutboxDelivery delivery_;
  Reporter reporter_;
  WakeableLoop delivery_loop_;
  WakeableLoop reporter_loop_;
};

UpstreamState off(const char* target) {
  UpstreamState state;
  state.target = target;
  return state;
}

}  // namespace

class Upstreams::Hub {
 public:
  Hub(const UpstreamOptions& options, const Parts& parts)
      : side_(channel_options(options.calls, "hub", "Hub", options.hub.url),
              options.hub.events_path, options.calls, parts.outbox, parts.clock,
              [&](UpstreamChannel& channel) {
                return HubReporter({channel, parts.clock, parts.store, parts.meter, parts.traffic,
                                    parts.condition},
                                   options.hub, options.self, options.calls.backoff);
              }),
        restart_(side_.channel(), options.hub.restart_path) {}

  void start(int port) {
    side_.reporter().listens_on(port);
    side_.start([this] { side_.reporter().farewell(); });
  }
  Side<HubReporter>& side() { return side_; }
  HubRestart& restart() { return restart_; }

 private:
  Side<HubReporter> side_;
  HubRestart restart_;
};

class Upstreams::Ninja {
 public:
  Ninja(const UpstreamOptions& options, const Parts& parts)
      : errors_(options.ninja.errors_kept),
        side_(channel_options(options.calls, "ninja", "Ninja", options.ninja.url),
              options.ninja.events_path, options.calls, parts.outbox, parts.clock,
              [&](UpstreamChannel& channel) {
                return NinjaReporter({channel, parts.clock, parts.traffic, errors_}, options.ninja,
                                     options.self, options.calls.backoff);
              }) {}

  void report(ErrorReport report) {
    errors_.push(std::move(report));
    side_.notify_reporter();
  }
  Side<NinjaReporter>& side() { return side_; }

 private:
  ErrorQueue errors_;
  Side<NinjaReporter> side_;
};

Upstreams::Upstreams(UpstreamOptions options, Parts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      next_conflict_id_(parts_.store.snapshot()->next_conflict_id()) {
  if (!options_.hub.url.empty()) hub_ = std::make_unique<Hub>(options_, parts_);
  if (!options_.ninja.url.empty()) ninja_ = std::make_unique<Ninja>(options_, parts_);
}

Upstreams::~Upstreams() {
  interrupt();
  join();
}

void Upstreams::start(int port) {
  if (hub_) hub_->start(port);
  if (ninja_) ninja_->side().start();
}

void Upstreams::interrupt() {
  if (hub_) hub_->side().interrupt();
  if (ninja_) ninja_->side().interrupt();
}

void Upstreams::join() {
  if (hub_) hub_->side().join();
  if (ninja_) ninja_->side().join();
}

void Upstreams::on_commit(const CommitNotice& notice) {
  if (has<AnnouncePortChange>(notice)) {
    if (hub_) hub_->side().notify_delivery();
    if (ninja_) ninja_->side().notify_delivery();
  }
  if (!ninja_) return;
  for (const auto& change : notice.changes->changes) {
    const auto* opened = std::get_if<OpenConflict>(&change);
    // One that is open already, and has changed, comes with the id that it has.
    if (!opened || opened->conflict.conflict_id < next_conflict_id_) continue;
    ninja_->report(conflict_error(opened->conflict));
  }
  next_conflict_id_ = std::max(next_conflict_id_, notice.registry->next_conflict_id());
}

void Upstreams::report_error(ErrorReport report) {
  if (ninja_) ninja_->report(std::move(report));
}

RestartAgent* Upstreams::restart_agent() {
  return hub_ ? &hub_->restart() : nullptr;
}

Expected<std::vector<UpstreamState>> Upstreams::states() {
  std::vector<UpstreamState> states{hub_ ? hub_->side().state() : off("hub"),
                                    ninja_ ? ninja_->side().state() : off("ninja")};
  for (auto& state : states) {
    auto backlog = parts_.outbox.backlog(state.target);
    if (!backlog) return tl::unexpected(backlog.error());
    state.events = *backlog;
  }
  return states;
}

}  // namespace pm
