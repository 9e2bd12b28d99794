#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/clock.h"
#include "app/outbox.h"
#include "app/process_meter.h"
#include "app/restart_agent.h"
#include "app/store.h"
#include "app/traffic.h"
#include "app/upstream_view.h"
#include "upstream/error_queue.h"
#include "upstream/payloads.h"
#include "upstream/upstream_options.h"

namespace pm {

/// Hub and Ninja, as far as the Port Manager talks to them: registration, health, metrics,
/// performance, errors, and the port changes of the outbox. Each has two threads of its own, one
/// that delivers and one for the rest, so that neither holds up the other, and nobody holds up a
/// commit. Who has no URL is off: no thread, no call.
///
/// Thread-safe, but for start() and join().
class Upstreams final : public UpstreamView {
 public:
  /// All outlive it.
  struct Parts {
    const Store& store;
    Outbox& outbox;
    const Clock& clock;
    const ProcessMeter& meter;
    const Traffic& traffic;
    /// For the health that Hub is told; asked on a thread of its own. None: all is well.
    std::function<Condition()> condition;
  };

  Upstreams(UpstreamOptions options, Parts parts);
  ~Upstreams() override;
  Upstreams(const Upstreams&) = delete;
  Upstreams& operator=(const Upstreams&) = delete;

  /// `port`: where the Port Manager listens. After interrupt() nothing is started.
  void start(int port);
  /// The end of it: calls under way are ended, Hub is told. It takes a quarter of a second and the
  /// time-out of that last call, on its own threads.
  void interrupt();
  /// Waits for that end; interrupt() comes first.
  void join();

  /// For Store::observe: has what the commit announced delivered, and Ninja told of the conflicts
  /// that it opened. Only wakes threads.
  void on_commit(const CommitNotice& notice);
  /// Tells Ninja, some time. Takes a lock that is never held for long. Without Ninja it is
  /// forgotten.
  void report_error(ErrorReport report);

  /// Null when Hub is off.
  RestartAgent* restart_agent();

  Expected<std::vector<UpstreamState>> states() override;

 private:
  class Hub;
  class Ninja;

  const UpstreamOptions options_;
  const Parts parts_;
  std::unique_ptr<Hub> hub_;       ///< null: off
  std::unique_ptr<Ninja> ninja_;   ///< likewise
  std::int64_t next_conflict_id_;  ///< of the thread that calls on_commit()
};

}  // namespace pm
