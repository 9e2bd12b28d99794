#include <csignal>
#include <exception>
#include <iostream>

#include "app/system_clock.h"
#include "cli/command_line.h"
#include "logging.h"
#include "program.h"
#include "store/database_inspection.h"
#include "store/lock_holder.h"

namespace {

pm::ExitStatus serve(const pm::ServeOptions& options) {
  // Before any thread exists: all inherit it, and only sigwait() in pm::serve() sees the signals.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  pm::set_up_logging(options.log_level, options.log_format);
  return pm::serve(options, PM_VERSION);
}

std::optional<std::string> find_lock_holder(const std::filesystem::path& database) {
  pm::SystemClock clock;
  const auto holder = pm::lasting_lock_holder(database, clock);
  return holder ? std::optional(pm::describe(*holder)) : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const pm::ProgramParts program{PM_VERSION, serve, pm::inspect_database, find_lock_holder};
    const pm::Terminal terminal(std::cout, std::cerr, pm::Terminal::of_process());
    return static_cast<int>(pm::run_command_line({argv + 1, argv + argc}, program, terminal));
  } catch (const std::exception& e) {
    std::cerr << "portmanager: " << e.what() << '\n';
    return static_cast<int>(pm::ExitStatus::failed);
  }
}
