#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace pm::test {

/// A program run by a test, with its standard output readable line by line. The destructor kills
/// it, and so does the kernel when the test's thread that started it ends (PR_SET_PDEATHSIG): no
/// test that crashes leaves one behind. Not thread-safe.
class ChildProcess {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds patience{10000};

  explicit ChildProcess(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe2");
    pid_ = ::fork();
    if (pid_ == 0) {  // only async-signal-safe calls from here on
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], STDOUT_FILENO);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
    if (pid_ < 0) throw_errno("fork");
  }

  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        output_(std::exchange(other.output_, -1)),
        buffer_(std::move(other.buffer_)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0) ::close(output_);
  }

  pid_t pid() const { return pid_; }

  /// The next line of its output, without the line feed; unset at the deadline or the output's end.
  std::optional<std::string> read_line(Milliseconds timeout = patience) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (true) {
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      if (!readable(output_, deadline)) return std::nullopt;
      std::array<char, 4096> chunk{};
      const ssize_t size = ::read(output_, chunk.data(), chunk.size());
      if (size <= 0) return std::nullopt;
      buffer_.append(chunk.data(), static_cast<std::size_t>(size));
    }
  }

  /// Sends the signal and waits for the end: the exit status, or 128 + the signal that ended it.
  /// Throws when it has not ended in time.
  int stop(int signal = SIGTERM, Milliseconds timeout = patience) {
    ::kill(pid_, signal);
    return wait(timeout);
  }

  int wait(Milliseconds timeout = patience) {
    const int ended = ::pidfd_open(pid_, 0);
    if (ended < 0) throw_errno("pidfd_open");
    const bool in_time = readable(ended, std::chrono::steady_clock::now() + timeout);
    ::close(ended);
    if (!in_time) throw std::runtime_error("the child process did not end in time");
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  [[noreturn]] static void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
  }

  static bool readable(int fd, std::chrono::steady_clock::time_point deadline) {
    while (true) {
      const auto left =
          std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd poll_fd{fd, POLLIN, 0};
      const int count = ::poll(&poll_fd, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
      if (count > 0) return true;
      if (count == 0 || errno != EINTR) return false;
    }
  }

  pid_t pid_{-1};
  int output_{-1};
  std::string buffer_;
};

}  // namespace pm::test
