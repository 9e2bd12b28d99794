#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <system_error>

#include "cli/child_process.h"
#include "cli/commands.h"
#include "cli/exported_text.h"
#include "cli/json_fields.h"
#include "cli/session.h"
#include "cli/signal_fd.h"
#include "cli/whole_file.h"
#include "http_client/url.h"

namespace pm {
namespace {

struct ExportOptions {
  std::string format{"port_config"};
  std::vector<std::string> services;  ///< empty: all
  std::string host;
  std::string output;
  bool watch{false};
  std::string command;
};

/// A hidden file, of a name that no program takes for a file of its own.
std::filesystem::path mark_beside(const std::filesystem::path& file) {
  return file.parent_path() / ("." + file.filename().string() + ".exec-pending");
}

/// Writes the file when what it says has changed, and runs the command then.
class Exporter {
 public:
  Exporter(const Session& session, const ExportOptions& options)
      : session_(session), options_(options) {}

  ExitStatus once();
  ExitStatus watch();

 private:
  Answered<std::string> fetch() const;
  Answered<void> export_now();
  Answered<void> write(const std::string& text) const;
  ExitStatus stop(const Refusal& refusal) const;
  /// Waits for the registry to pass the revision, if there is one; the one that it has then.
  Answered<std::int64_t> next_revision(std::optional<std::int64_t> after) const;
  Answered<void> pause();
  void run_command();

  const Session& session_;
  const ExportOptions& options_;
  /// As long as it lives, what ends it comes between two steps and not amid one.
  SignalFd signals_{SIGINT, SIGTERM, SIGHUP};
  std::chrono::milliseconds pause_{0};
  std::optional<int> told_;
  bool command_failed_{false};
  /// There from before the file is written until the command has done its part, so that one that
  /// failed, or was never come to, is run by the next export.
  const std::filesystem::path owed_{mark_beside(options_.output)};
};

Answered<std::string> Exporter::fetch() const {
  auto target = "/api/ports/export?format=" + percent_encoded(options_.format);
  for (const auto& service : options_.services) {
    const bool is_first = &service == &options_.services.front();
    target += (is_first ? "&services=" : ",") + percent_encoded(service);
  }
  if (!options_.host.empty()) target += "&host=" + percent_encoded(options_.host);
  const auto answer = session_.get(target);
  if (!answer) return tl::unexpected(answer.error());
  return answer->text;
}

ExitStatus Exporter::once() {
  if (options_.output.empty()) {
    const auto text = fetch();
    if (!text) return session_.fail(text.error());
    session_.out() << *text;
    return ExitStatus::done;
  }
  if (const auto done = export_now(); !done) return session_.fail(done.error());
  if (told_) {
    Refusal told;
    told.signal = *told_;
    return session_.fail(told);
  }
  return command_failed_ ? ExitStatus::failed : ExitStatus::done;
}

Answered<void> Exporter::export_now() {
  const auto text = fetch();
  if (!text) return tl::unexpected(text.error());
  const auto present = read_whole_file(options_.output);
  const bool is_news = !present || !says_the_same(*present, *text);
  if (is_news) {
    if (auto written = write(*text); !written) return written;
    if (!session_.options().quiet) session_.note(options_.output + " is written.");
  }
  std::error_code unseen;
  const bool is_owed = is_news || std::filesystem::exists(owed_, unseen);
  if (is_owed && !options_.command.empty()) run_command();
  return {};
}

Answered<void> Exporter::write(const std::string& text) const {
  if (options_.command.empty()) return write_whole_file(options_.output, text);
  return write_whole_file(owed_, options_.command + "\n").and_then([&] {
    return write_whole_file(options_.output, text);
  });
}

void Exporter::run_command() {
  const auto ended = run_child({{"/bin/sh", "-c", options_.command},
                                {{"PORTMANAGER_EXPORT_FILE", options_.output}},
                                signals_.mask_before()});
  if (ended) told_ = ended->told;
  command_failed_ = !ended || ended->status != 0;
  if (!ended) {
    session_.fail(ended.error());
  } else if (!command_failed_) {
    std::error_code unseen;
    std::filesystem::remove(owed_, unseen);
  } else if (options_.watch) {
    session_.note("The command ended with status " + std::to_string(ended->status) +
                  "; it is run again after the next change.");
  } else {
    session_.fail({ExitStatus::failed,
                   options_.output + " is written, but the command ended with status " +
                       std::to_string(ended->status) + ".",
                   "Give the same line again when that is mended: it runs the command then, also "
                   "when the file says the same."});
  }
}

Answered<std::int64_t> Exporter::next_revision(std::optional<std::int64_t> after) const {
  constexpr std::chrono::seconds wait{60};
  ApiRequest request{.target = "/api/ports/assignments"};
  if (after) {
    request.target +=
        "?revision=" + std::to_string(*after) + "&wait=" + std::to_string(wait.count()) + "s";
    // The server adds up to a sixteenth, so that clients do not come back together.
    request.timeout = 2 * wait;
  }
  const auto answer = session_.call(std::move(request));
  if (!answer) return tl::unexpected(answer.error());
  return number_of(answer->body, "revision").value_or(0);
}

/// Before the next attempt; a signal ends it.
Answered<void> Exporter::pause() {
  constexpr std::chrono::milliseconds first{500};
  constexpr std::chrono::milliseconds longest{10'000};
  pause_ = std::clamp(2 * pause_, first, longest);
  return wait_for_signal(pause_);
}

/// The server is away for a while.
bool may_pass(const Refusal& refusal) {
  return refusal.status == ExitStatus::unreachable || refusal.code == "shutting_down" ||
         refusal.code == "overloaded";
}

ExitStatus Exporter::stop(const Refusal& refusal) const {
  if (refusal.signal == SIGINT) return ExitStatus::done;
  return session_.fail(refusal);
}

ExitStatus Exporter::watch() {
  std::optional<std::int64_t> revision;
  while (!told_) {
    const auto next = next_revision(revision);
    const bool is_news = next && revision != std::optional(*next);
    const auto done = !next     ? Answered<void>(tl::unexpected(next.error()))
                      : is_news ? export_now()
                                : Answered<void>();
    if (done) {
      revision = *next;
      pause_ = {};
    } else if (!may_pass(done.error()) || !revision) {
      return stop(done.error());
    } else {
      if (pause_.count() == 0) session_.note(done.error().message + " It is tried again.");
      if (const auto paused = pause(); !paused) return stop(paused.error());
    }
    if (const auto signal = signals_.take()) told_ = signal;
  }
  Refusal told;
  told.signal = *told_;
  return stop(told);
}

ExitStatus run_export(const Session& session, const ExportOptions& options) {
  const bool needs_file = options.watch || !options.command.empty();
  if (needs_file && options.output.empty()) {
    return session.fail({ExitStatus::usage, "--watch and --exec need a file to write: --output.",
                         "For example: portmanager export --output ports.json --watch"});
  }
  Exporter exporter(session, options);
  return options.watch ? exporter.watch() : exporter.once();
}

/// For help and completion. Which formats there are is the server's to say.
constexpr const char* known_formats =
    "FORMAT:{port_config,sysctl,dotenv,shell,compose,nginx,haproxy,prometheus_http_sd,"
    "prometheus_file_sd,consul,csv}";

Action declare_export(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  app.add_option("-f,--format", options->format, "In which form")
      ->type_name(known_formats)
      ->capture_default_str();
  app.add_option("--services", options->services,
                 "Only these, with commas between them; not with port_config and sysctl")
      ->type_name("SERVICE")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--host", options->host,
                 "Stands in for this machine's 127.0.0.1, for who reads the file on another one; "
                 "not with port_config and sysctl")
      ->type_name("HOST");
  app.add_option("-o,--output", options->output, "Write this file, whole or not at all")
      ->type_name("FILE");
  app.add_flag("--watch", options->watch, "Go on, and write the file again after each change");
  app.add_option("--exec", options->command,
                 "Run this with sh each time that the file has been written; it finds the name in "
                 "PORTMANAGER_EXPORT_FILE")
      ->type_name("COMMAND");
  return ServerAction([options](Session& session) { return run_export(session, *options); });
}

}  // namespace

Command export_command() {
  return {
      .name = "export",
      .group = CommandGroup::archive,
      .summary = "Write who has what as a file for other programs",
      .details =
          "Without --output, to stdout. A file that says the same already, but for the comment at "
          "its head, is left alone, and --exec does nothing then.\n\n"
          "A command that fails makes the exit status 1. That it is still to be done is kept in a "
          "file .NAME.exec-pending beside the file: the next export there with --exec runs it, "
          "whether the file has changed or not.\n\n"
          "With --watch it goes on until it is ended: a server that is away for a while is waited "
          "for, a command that fails is run again after the next change. A server that is not "
          "there at the start is exit status 5. Ctrl-C ends it, with exit status 0.",
      .examples = {{"portmanager export > ports.json", "A port_config.json, as import takes it."},
                   {"portmanager export -f sysctl -o /etc/sysctl.d/60-ports.conf --exec 'sysctl "
                    "-p \"$PORTMANAGER_EXPORT_FILE\"'",
                    "Keeps the kernel from taking the services' ports for outgoing connections."},
                   {"portmanager export -f compose --services passport,billing -o ports.yaml",
                    "An override file for docker compose, of two services."},
                   {"portmanager export -o ports.json --watch --exec 'systemctl reload proxy'",
                    "Reloads a proxy whenever a port changes."}},
      .declare = declare_export};
}

}  // namespace pm
