#include "cli/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "cli/whole_file.h"
#include "support/eventually.h"
#include "support/temp_folder.h"

namespace pm {
namespace {

int status_of(std::vector<std::string> words, std::map<std::string, std::string> environment = {}) {
  const auto ended = run_child({std::move(words), std::move(environment)});
  return ended ? ended->status : -1;
}

TEST(ChildProcess, ItsStatusIsTheCommands) {
  EXPECT_EQ(status_of({"true"}), 0);
  EXPECT_EQ(status_of({"/bin/sh", "-c", "exit 7"}), 7);
  EXPECT_EQ(status_of({"sh", "-c", "exit 255"}), 255);
}

TEST(ChildProcess, WhatASignalEndedHas128AndItsNumber) {
  EXPECT_EQ(status_of({"sh", "-c", "kill -KILL $$"}), 128 + SIGKILL);
  EXPECT_EQ(status_of({"sh", "-c", "kill -TERM $$"}), 128 + SIGTERM);
}

TEST(ChildProcess, HasTheEnvironmentAndWhatIsAdded) {
  ::setenv("PM_TEST_KEPT", "kept", 1);
  ::setenv("PM_TEST_REPLACED", "old", 1);
  EXPECT_EQ(status_of({"sh", "-c",
                       "test \"$PM_TEST_KEPT$PM_TEST_REPLACED$PM_TEST_ADDED\" = 'keptnewa b'"},
                      {{"PM_TEST_REPLACED", "new"}, {"PM_TEST_ADDED", "a b"}}),
            0);
  ::unsetenv("PM_TEST_KEPT");
  ::unsetenv("PM_TEST_REPLACED");
}

TEST(ChildProcess, ACommandThatIsNotThereIsRefused) {
  for (const char* name : {"no-such-command-anywhere", "/no/such/command", "/etc/passwd", "/"}) {
    const auto ended = run_child({{name}, {}});
    ASSERT_FALSE(ended) << name;
    EXPECT_EQ(ended.error().status, ExitStatus::failed);
    EXPECT_NE(ended.error().message.find(name), std::string::npos);
    const auto checked = check_program(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().message, ended.error().message);
  }
}

TEST(ChildProcess, AProgramIsFoundByPathOrByItsOwnSlash) {
  EXPECT_TRUE(check_program("true"));
  EXPECT_TRUE(check_program("/bin/sh"));
  EXPECT_FALSE(check_program(""));
  const std::string kept = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  EXPECT_FALSE(check_program("true"));
  ::unsetenv("PATH");
  EXPECT_TRUE(check_program("true"));
  ::setenv("PATH", kept.c_str(), 1);
}

TEST(ChildProcess, InheritsNoBlockedSignals) {
  // The masks of blocked and ignored signals, in hexadecimal (proc(5)).
  EXPECT_EQ(status_of({"sh", "-c", "grep -q '^SigBlk:\\s*0000000000000000$' /proc/self/status"}),
            0);
}

class ChildSignals : public testing::Test {
 protected:
  /// Runs the script, which makes the file "ready", and sends the signal then.
  ChildEnd end_by(const std::string& script, int signal) {
    const auto ready = (folder_.path() / "ready").string();
    std::thread sender([&] {
      // The other thread has them blocked; here they would end the test.
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, nullptr);
      if (test::eventually([&] { return std::filesystem::exists(ready); })) {
        ::kill(::getpid(), signal);
      }
    });
    const auto ended = run_child({{"sh", "-c", script}, {{"READY", ready}}});
    sender.join();
    return ended.value();
  }

  test::TempFolder folder_;
};

TEST_F(ChildSignals, ArePassedOn) {
  for (const auto& [name, signal] :
       {std::pair("TERM", SIGTERM), std::pair("INT", SIGINT), std::pair("HUP", SIGHUP),
        std::pair("QUIT", SIGQUIT), std::pair("USR1", SIGUSR1), std::pair("USR2", SIGUSR2),
        std::pair("WINCH", SIGWINCH)}) {
    const auto script =
        std::string("trap 'exit 42' ") + name + "; : > \"$READY\"; while :; do sleep 0.01; done";
    EXPECT_EQ(end_by(script, signal).status, 42) << name;
    std::filesystem::remove(folder_.path() / "ready");
  }
}

TEST_F(ChildSignals, TheLastThatAskedForAnEndIsTold) {
  const auto ended = end_by(": > \"$READY\"; exec sleep 60", SIGTERM);
  EXPECT_EQ(ended.status, 128 + SIGTERM);
  EXPECT_EQ(ended.told, SIGTERM);
  EXPECT_EQ(run_child({{"true"}, {}})->told, std::nullopt);
}

TEST_F(ChildSignals, AChildThatIsStoppedByOthersStopsNothingHere) {
  const auto pid_file = folder_.path() / "pid";
  std::thread debugger([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    pid_t pid = 0;
    test::eventually([&] { return static_cast<bool>(std::ifstream(pid_file) >> pid); });
    ::kill(pid, SIGSTOP);
    const auto stat = "/proc/" + std::to_string(pid) + "/stat";
    test::eventually([&] {
      const auto text = read_whole_file(stat);
      return text && text->find(") T ") != std::string::npos;
    });
    ::kill(pid, SIGCONT);
    ::kill(pid, SIGTERM);
  });
  const auto ended =
      run_child({{"sh", "-c", "echo $$ > \"$OUT.new\"; mv \"$OUT.new\" \"$OUT\"; exec sleep 60"},
                 {{"OUT", pid_file.string()}}});
  debugger.join();
  EXPECT_EQ(ended.value().status, 128 + SIGTERM);
}

}  // namespace
}  // namespace pm
