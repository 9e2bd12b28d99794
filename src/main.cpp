#include <csignal>
#include <exception>
#include <iostream>
#include <variant>

#include "cli/serve_options.h"
#include "logging.h"
#include "program.h"

int main(int argc, char** argv) {
  // Before any thread exists: all inherit it, and only sigwait() in serve() sees the signals.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  try {
    const auto command = pm::parse_command_line(argc, argv, PM_VERSION);
    if (const auto* status = std::get_if<pm::ExitStatus>(&command)) {
      return static_cast<int>(*status);
    }
    const auto& options = std::get<pm::ServeOptions>(command);
    pm::set_up_logging(options.log_level, options.log_format);
    return static_cast<int>(pm::serve(options, PM_VERSION));
  } catch (const std::exception& e) {
    std::cerr << "portmanager: " << e.what() << '\n';
    return static_cast<int>(pm::ExitStatus::failed);
  }
}
