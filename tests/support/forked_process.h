#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <string>
#include <system_error>

namespace pm::test {

/// A copy of the test's process that does some work, says how it went in a text, and stays until it
/// is killed; the destructor does, and so does the kernel when the test ends. It has every socket
/// that the test had open at the fork. Not thread-safe.
class ForkedProcess {
 public:
  template <typename Work>
  explicit ForkedProcess(Work work) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe2");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      run(work, ends[1]);
    }
    ::close(ends[1]);
    output_ = ends[0];
    if (pid_ < 0) throw_errno("fork");
  }
  ForkedProcess(const ForkedProcess&) = delete;
  ForkedProcess& operator=(const ForkedProcess&) = delete;
  ~ForkedProcess() {
    stop();
    ::close(output_);
  }

  pid_t pid() const { return pid_; }

  /// Waits for the work to be done; what it answered, or the text of what it threw.
  const std::string& answer() {
    std::array<char, 4096> piece{};
    while (!complete_) {
      const ssize_t size = ::read(output_, piece.data(), piece.size());
      if (size > 0) answer_.append(piece.data(), static_cast<std::size_t>(size));
      if (size == 0 || (size < 0 && errno != EINTR)) complete_ = true;
      // Not the end of the pipe: the work may have forked, and its child has the pipe too.
      if (answer_.ends_with('\0')) {
        answer_.pop_back();
        complete_ = true;
      }
    }
    return answer_;
  }

  /// Kills it, and waits until it is gone.
  void stop() {
    if (pid_ <= 0) return;
    kill();
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  /// Kills it and leaves it a zombie.
  void kill() const { ::kill(pid_, SIGKILL); }

 private:
  template <typename Work>
  [[noreturn]] static void run(Work& work, int output) {
    std::string text;
    try {
      text = work();
    } catch (const std::exception& error) {
      text = std::string("threw: ") + error.what();
    }
    const char* next = text.c_str();
    for (std::size_t left = text.size() + 1; left > 0;) {
      const ssize_t size = ::write(output, next, left);
      if (size <= 0) break;
      next += size;
      left -= static_cast<std::size_t>(size);
    }
    ::close(output);
    while (true) ::pause();
  }

  [[noreturn]] static void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
  }

  pid_t pid_{-1};
  int output_{-1};
  std::string answer_;
  bool complete_{false};
};

}  // namespace pm::test
