#pragma once

#include <signal.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/refusal.h"

namespace pm {

/// A command to be run, found by PATH when its name has no slash.
struct ChildCommand {
  std::vector<std::string> words;                  ///< not empty
  std::map<std::string, std::string> environment;  ///< added to this process's own
  std::optional<sigset_t> mask{};                  ///< its signal mask, if not this process's
};

struct ChildEnd {
  int status{0};              ///< its exit status; 128 and the signal's number when one ended it
  std::optional<int> told{};  ///< the last of SIGINT, SIGTERM and SIGHUP that came meanwhile
};

/// Whether there is a program of that name which may be executed, found as run_child() finds it.
/// Refused with status failed.
Answered<void> check_program(const std::string& name);

/// Runs the command to its end as if it stood here itself: with this process's input, output and
/// signal mask. While it runs,
///
/// - SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP and SIGCONT that come to
///   this process are passed on to it, none twice: where it shares this process's group, the
///   terminal has sent it its own;
/// - it has the terminal where this process had it, so that Ctrl-C and Ctrl-Z are the command's;
///   when it stops, this process stops with it, and the shell's fg and bg continue both;
/// - what it leaves behind is reaped where this process is init's like in a container.
///
/// Refused, with status failed, when it cannot be started. For the main thread of a process without
/// other children.
Answered<ChildEnd> run_child(const ChildCommand& command);

}  // namespace pm
