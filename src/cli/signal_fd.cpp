#include "cli/signal_fd.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pm {

SignalFd::SignalFd(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) {
    // The kernel would keep a blocked one although it is ignored.
    struct sigaction present {};
    ::sigaction(signal, nullptr, &present);
    if (present.sa_handler != SIG_IGN) sigaddset(&set, signal);
  }
  pthread_sigmask(SIG_BLOCK, &set, &before_);
  fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) {
    const int reason = errno;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    throw std::system_error(reason, std::generic_category(), "signalfd");
  }
}

SignalFd::~SignalFd() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<signalfd_siginfo> SignalFd::take_info() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return info;
}

std::optional<int> SignalFd::take() {
  const auto info = take_info();
  if (!info) return std::nullopt;
  return static_cast<int>(info->ssi_signo);
}

void end_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
}

}  // namespace pm
