#include "cli/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "app/unique_fd.h"
#include "cli/signal_fd.h"

namespace pm {
namespace {

constexpr int signal_base = 128;

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) entries.push_back(text);
  }
  for (const auto& [name, value] : added) entries.push_back(name + "=" + value);
  return entries;
}

/// As C takes a list of words. It points into them.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

Refusal not_started(const std::string& name, int reason) {
  return {ExitStatus::failed,
          "The command " + name +
              " could not be started: " + std::generic_category().message(reason) + ".",
          "Look at its name, and whether it may be executed."};
}

/// 0 when the file may be executed.
int fault_of_program(const std::filesystem::path& file) {
  if (::access(file.c_str(), X_OK) != 0) return errno;
  std::error_code unseen;
  return std::filesystem::is_regular_file(file, unseen) ? 0 : EACCES;
}

/// An empty one is the working directory.
std::vector<std::string> search_folders() {
  const char* path = std::getenv("PATH");
  std::vector<std::string> folders;
  std::istringstream list(path ? path : "/bin:/usr/bin");
  for (std::string folder; std::getline(list, folder, ':');) folders.push_back(folder);
  return folders;
}

class SpawnAttributes {
 public:
  SpawnAttributes(bool own_group, const sigset_t& mask) {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &mask);
    posix_spawnattr_setpgroup(&attributes_, 0);
    const int flags = POSIX_SPAWN_SETSIGMASK | (own_group ? POSIX_SPAWN_SETPGROUP : 0);
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  void take_terminal(int fd) { posix_spawn_file_actions_addtcsetpgrp_np(&actions_, fd); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Supervisor {
 public:
  Answered<ChildEnd> run(const ChildCommand& command);

 private:
  Answered<void> start(const ChildCommand& command);
  void handle(const signalfd_siginfo& info);
  void reap();
  void end_or_stop(const siginfo_t& what);
  void child_stopped(int by);
  void stop_here();
  void go_on();
  void pass_on(const signalfd_siginfo& info);
  bool has_got_it_itself(const signalfd_siginfo& info) const;
  bool has_terminal() const;
  bool child_has_terminal() const;
  void give_terminal();
  void take_terminal_back();

  // SIGTTOU, so that the terminal can be taken back from the background.
  SignalFd signals_{SIGTERM,  SIGINT,  SIGHUP,  SIGQUIT, SIGUSR1, SIGUSR2,
                    SIGWINCH, SIGTSTP, SIGCONT, SIGCHLD, SIGTTOU};
  UniqueFd terminal_;          ///< the controlling one, if there is one that can be given away
  bool gave_terminal_{false};  ///< the child got it last
  /// A leader's group is a shell's job, and what is sent to the job comes here: the child has a
  /// group of its own, lest it get that twice. Else the group is a script's, and is shared with it.
  const bool own_group_{::getpgrp() == ::getpid()};
  pid_t pid_{0};
  bool is_stopping_{false};  ///< it was told to
  std::optional<int> status_;
  std::optional<int> told_;
};

Answered<ChildEnd> Supervisor::run(const ChildCommand& command) {
  if (auto started = start(command); !started) return tl::unexpected(started.error());
  while (!status_) {
    pollfd waits{signals_.fd(), POLLIN, 0};
    ::poll(&waits, 1, -1);
    while (const auto info = signals_.take_info()) handle(*info);
  }
  if (child_has_terminal()) take_terminal_back();
  return ChildEnd{*status_, told_};
}

Answered<void> Supervisor::start(const ChildCommand& command) {
  SpawnActions actions;
  if (own_group_) {
    terminal_.reset(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    gave_terminal_ = has_terminal();
    if (gave_terminal_) actions.take_terminal(terminal_.get());
  }
  auto words = command.words;
  auto environment = environment_with(command.environment);
  const SpawnAttributes attributes(own_group_, command.mask.value_or(signals_.mask_before()));
  const int fault = ::posix_spawnp(&pid_, words.front().c_str(), actions.get(), attributes.get(),
                                   pointers_to(words).data(), pointers_to(environment).data());
  if (fault == 0) return {};
  if (gave_terminal_) take_terminal_back();
  return tl::unexpected(not_started(words.front(), fault));
}

/// The terminal sends its signals to the whole of its foreground group.
bool Supervisor::has_got_it_itself(const signalfd_siginfo& info) const {
  const bool is_of_terminal = info.ssi_code == SI_KERNEL;
  return is_of_terminal && (!own_group_ || child_has_terminal());
}

bool Supervisor::has_terminal() const {
  return terminal_ && ::tcgetpgrp(terminal_.get()) == ::getpgrp();
}

/// Of a terminal that has been hung up, what was so last.
bool Supervisor::child_has_terminal() const {
  if (!terminal_) return false;
  const pid_t group = ::tcgetpgrp(terminal_.get());
  return group == pid_ || (group < 0 && gave_terminal_);
}

void Supervisor::give_terminal() {
  ::tcsetpgrp(terminal_.get(), pid_);
  gave_terminal_ = true;
}

void Supervisor::take_terminal_back() {
  ::tcsetpgrp(terminal_.get(), ::getpgrp());
  gave_terminal_ = false;
}

void Supervisor::handle(const signalfd_siginfo& info) {
  const auto signal = static_cast<int>(info.ssi_signo);
  switch (signal) {
    case SIGCHLD:
      reap();
      return;
    case SIGTTOU:
      return;
    case SIGCONT:
      go_on();
      return;
    case SIGTSTP:
      if (has_got_it_itself(info)) {
        stop_here();
        return;
      }
      is_stopping_ = true;
      break;
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
      told_ = signal;
      break;
    default:
      break;
  }
  if (!status_ && !has_got_it_itself(info)) pass_on(info);
}

/// What the terminal sends, it sends to a whole group. It comes here alone when the shell has put a
/// job that went on in the background into the foreground: nobody is told of that.
void Supervisor::pass_on(const signalfd_siginfo& info) {
  const bool is_of_terminal = info.ssi_code == SI_KERNEL;
  if (is_of_terminal && has_terminal()) give_terminal();
  ::kill(is_of_terminal ? -pid_ : pid_, static_cast<int>(info.ssi_signo));
}

void Supervisor::reap() {
  while (true) {
    siginfo_t what{};
    const int result = ::waitid(P_ALL, 0, &what, WEXITED | WSTOPPED | WNOHANG);
    if (result != 0 || what.si_pid == 0) return;
    if (what.si_pid == pid_) end_or_stop(what);
  }
}

void Supervisor::end_or_stop(const siginfo_t& what) {
  if (what.si_code == CLD_STOPPED) {
    child_stopped(what.si_status);
  } else {
    status_ = what.si_code == CLD_EXITED ? what.si_status : signal_base + what.si_status;
  }
}

/// Someone who stops the child alone, such as a debugger, does not mean this process.
void Supervisor::child_stopped(int by) {
  const bool wants_terminal = by == SIGTTIN || by == SIGTTOU;
  if (child_has_terminal()) {
    take_terminal_back();
    // The whole job: others of a pipeline too.
    ::kill(0, SIGSTOP);
  } else if (wants_terminal && has_terminal()) {
    go_on();
  } else if (is_stopping_ || wants_terminal) {
    stop_here();
  }
  is_stopping_ = false;
}

void Supervisor::stop_here() {
  ::kill(::getpid(), SIGSTOP);
}

/// The shell's fg has made this group the foreground one; its bg has not.
void Supervisor::go_on() {
  if (status_) return;
  if (has_terminal()) give_terminal();
  ::kill(own_group_ ? -pid_ : pid_, SIGCONT);
}

}  // namespace

Answered<void> check_program(const std::string& name) {
  int fault = ENOENT;
  if (name.find('/') != std::string::npos) {
    fault = fault_of_program(name);
  } else {
    for (const auto& folder : search_folders()) {
      const int here =
          name.empty() ? ENOENT : fault_of_program(std::filesystem::path(folder) / name);
      if (here == 0) return {};
      if (here == EACCES) fault = here;
    }
  }
  if (fault == 0) return {};
  return tl::unexpected(not_started(name, fault));
}

Answered<ChildEnd> run_child(const ChildCommand& command) {
  return Supervisor().run(command);
}

}  // namespace pm
