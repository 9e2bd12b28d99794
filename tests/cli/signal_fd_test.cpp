#include "cli/signal_fd.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace pm {
namespace {

bool is_readable(int fd) {
  pollfd waits{fd, POLLIN, 0};
  return ::poll(&waits, 1, 0) == 1;
}

bool is_blocked(int signal) {
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

TEST(SignalFd, MakesASignalReadable) {
  SignalFd signals({SIGUSR1, SIGUSR2});
  EXPECT_FALSE(is_readable(signals.fd()));
  EXPECT_EQ(signals.take(), std::nullopt);
  ::raise(SIGUSR2);
  EXPECT_TRUE(is_readable(signals.fd()));
  EXPECT_EQ(signals.take(), SIGUSR2);
  EXPECT_EQ(signals.take(), std::nullopt);
}

TEST(SignalFd, TellsWhoSentIt) {
  SignalFd signals({SIGUSR1});
  ::kill(::getpid(), SIGUSR1);
  const auto info = signals.take_info();
  ASSERT_TRUE(info);
  EXPECT_EQ(info->ssi_code, SI_USER);
  EXPECT_EQ(static_cast<pid_t>(info->ssi_pid), ::getpid());
}

TEST(SignalFd, LeavesTheMaskAsItWas) {
  ASSERT_FALSE(is_blocked(SIGUSR1));
  {
    const SignalFd outer({SIGUSR1});
    EXPECT_TRUE(is_blocked(SIGUSR1));
    EXPECT_FALSE(sigismember(&outer.mask_before(), SIGUSR1) == 1);
    { const SignalFd inner({SIGUSR1}); }
    EXPECT_TRUE(is_blocked(SIGUSR1));
  }
  EXPECT_FALSE(is_blocked(SIGUSR1));
}

TEST(SignalFd, AnIgnoredSignalStaysIgnored) {
  const auto before = ::signal(SIGUSR1, SIG_IGN);
  SignalFd signals({SIGUSR1});
  ::raise(SIGUSR1);
  EXPECT_EQ(signals.take(), std::nullopt);
  ::signal(SIGUSR1, before);
}

TEST(SignalFdDeathTest, EndsByTheSignal) {
  EXPECT_EXIT(
      {
        const SignalFd signals({SIGTERM});
        end_by(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace pm
