#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/clock.h"
#include "app/kernel_sight.h"
#include "app/listener_interviews.h"
#include "app/port_probe.h"
#include "app/service_client.h"
#include "app/store.h"
#include "domain/kernel_conflicts.h"

namespace pm {

/// Compares what the kernel says with the registry, again and again: finds who sits on whose port
/// (system_conflict), which service is elsewhere (drift) and which port the kernel may give away
/// (ephemeral_overlap), opens and closes those conflicts, and learns which process is which
/// service.
///
/// Services of a move under way are left alone until it is over. Thread-safe; looks exclude each
/// other.
class KernelWatch {
 public:
  struct Options {
    /// Within this time a disagreement is an open conflict: the kernel is looked at three times in
    /// it.
    std::chrono::milliseconds interval{2'000};
    /// How far apart two looks must lie to count as two.
    std::chrono::milliseconds agreement{200};
    /// How long a service may take to say who it is before its socket counts as a stranger's.
    std::chrono::milliseconds answer_timeout{500};
    /// The same for one who takes the connection: he may be slow.
    std::chrono::milliseconds patience{5'000};
    /// A socket is young for so long (Evidence::young).
    std::chrono::milliseconds youth{30'000};
    int own_pid{0};  ///< of the Port Manager
  };

  KernelWatch(Store& store, PortProbe& probe, ServiceClient& client, Clock& clock, Options options)
      : store_(store),
        probe_(probe),
        clock_(clock),
        options_(options),
        interviews_(client, probe,
                    {.answer_timeout = options.answer_timeout, .patience = options.patience}),
        tracker_(options.agreement) {}

  /// Looks once. Errors: the kernel's table cannot be read, or what was found cannot be recorded;
  /// the next look tries again. A look that finds everything as the last one left it costs one dump
  /// of the table.
  Expected<void> look();

  /// Looks until two looks agree, so that what is open now is what there is; what changes from look
  /// to look is not waited for for ever.
  Expected<void> settle();

  /// The looks since the start.
  struct Looks {
    std::uint64_t done{0};  ///< those that failed among them
    std::uint64_t failed{0};
    std::chrono::nanoseconds spent{0};  ///< on all of them, with the questions to services
  };
  Looks looks() const;

  /// What the last look saw; never null.
  std::shared_ptr<const KernelSight> sight() const;

  /// The service answered its health check as somebody else: whoever listens there is asked anew.
  void doubt(const PortKey& key);

  /// Looks three times an interval, and soon after notify(), until stop(). `report` is told when
  /// looking begins to fail and when it works again, a sentence each.
  void run(const std::function<void(const std::string&)>& report);
  void notify();
  void stop();

 private:
  static constexpr std::chrono::milliseconds least_gap{100};
  static constexpr int looks_per_interval = 3;
  static constexpr int most_looks = 10;

  Expected<void> compare();
  Expected<void> record(const KernelConflictTracker::Decision& decision,
                        const std::vector<LearnedIdentity>& learned);

  Store& store_;
  PortProbe& probe_;
  Clock& clock_;
  const Options options_;

  std::mutex looking_;  ///< guards the members down to `waiting_`
  ListenerInterviews interviews_;
  KernelConflictTracker tracker_;
  std::shared_ptr<const ListenerTable> last_table_;
  std::int64_t last_revision_{-1};
  EphemeralPorts last_ephemeral_;
  bool waiting_{false};
  bool undecided_{false};  ///< somebody on a service's port has yet to answer who he is

  mutable std::mutex sight_mutex_;  ///< guards the two below
  Looks looks_;
  std::shared_ptr<const KernelSight> sight_{std::make_shared<const KernelSight>()};

  std::mutex wake_mutex_;
  std::condition_variable wake_;
  bool notified_{false};
  bool stopped_{false};
};

}  // namespace pm
