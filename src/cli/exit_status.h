#pragma once

#include <array>

namespace pm {

/// The exit statuses of the program. Any other value is that of the command that `portmanager run`
/// started; what a signal ended is 128 and its number, as shells have it.
enum class ExitStatus : int {
  done = 0,
  failed = 1,
  usage = 2,
  not_found = 3,
  conflict = 4,
  unreachable = 5,
};

struct ExitStatusMeaning {
  ExitStatus status;
  const char* text;
};

/// As help and the man page tell it.
inline constexpr std::array<ExitStatusMeaning, 6> exit_status_meanings{{
    {ExitStatus::done, "done"},
    {ExitStatus::failed, "failed; the reason is on stderr"},
    {ExitStatus::usage,
     "the command line is wrong, has a value that is not permitted, or lacks the yes that is "
     "needed"},
    {ExitStatus::not_found, "there is no such service, port, backup or path"},
    {ExitStatus::conflict, "the port is taken, or what is there stands against it"},
    {ExitStatus::unreachable, "the server could not be reached"},
}};

}  // namespace pm
