#pragma once

#include <signal.h>
#include <sys/signalfd.h>

#include <initializer_list>
#include <optional>

#include "app/unique_fd.h"

namespace pm {

/// Signals made readable: as long as it lives they are blocked in this thread and wait here
/// (signalfd(2)), so that nothing has to be done in a handler. One that is ignored stays ignored,
/// as nohup(1) wants it. Those that were not taken are delivered when it goes.
class SignalFd {
 public:
  /// Throws std::system_error when the kernel gives no descriptor.
  explicit SignalFd(std::initializer_list<int> signals);
  SignalFd(const SignalFd&) = delete;
  SignalFd& operator=(const SignalFd&) = delete;
  ~SignalFd();

  /// Readable when a signal waits.
  int fd() const { return fd_.get(); }
  /// The next signal that waits; nothing when there is none.
  std::optional<int> take();
  std::optional<signalfd_siginfo> take_info();
  /// What was blocked before: for a child's own mask.
  const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

/// Ends this process by the signal as if it had never been caught; returns only when the signal is
/// ignored.
void end_by(int signal);

}  // namespace pm
