#include <CLI/CLI.hpp>
#include <memory>

#include "cli/child_process.h"
#include "cli/command_options.h"
#include "cli/commands.h"
#include "cli/environment_name.h"
#include "cli/json_fields.h"
#include "cli/listener_text.h"
#include "cli/request_body.h"
#include "cli/session.h"

namespace pm {
namespace {

struct RunOptions {
  std::string service_id;
  std::optional<int> port;
  std::string range;
  bool release{false};
  std::vector<std::string> words;
};

/// Somebody on the port is no reason not to start: it may be the service itself, that shares it.
void warn_of_listener(const Session& session, const std::string& port) {
  const auto answer = session.get("/api/ports/" + port);
  if (!answer) return;
  const auto& listener = object_of(answer->body, "listener");
  if (listener.empty()) return;
  session.note("Somebody listens on port " + port + " already: " + listener_text(listener) + ".");
}

void release(const Session& session, const std::string& service_id) {
  const auto body = RequestBody().add("service_id", service_id).json();
  if (const auto answer = session.post("/api/ports/release", body); !answer) {
    session.fail(answer.error());
  }
}

ExitStatus run(const Session& session, const RunOptions& options) {
  // Before the service is given a port that it could not use.
  const auto found = check_program(options.words.front());
  if (!found) return session.fail(found.error());
  RequestBody body;
  body.add("service_id", options.service_id).add("port", options.port).add("range", options.range);
  const auto answer = session.post("/api/ports/assign", body.json());
  if (!answer) return session.fail(answer.error());
  const auto port = text_of(answer->body, "port");
  warn_of_listener(session, port);
  const auto ended =
      run_child({options.words, {{"PORT", port}, {port_variable(options.service_id), port}}});
  if (options.release) release(session, options.service_id);
  if (!ended) return session.fail(ended.error());
  return static_cast<ExitStatus>(ended->status);
}

Action declare_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  add_service(app, options->service_id)->required();
  app.add_option("command", options->words, "The command and its arguments, after --")
      ->type_name("COMMAND")
      ->required();
  app.add_option("--port", options->port, "The port wanted, when the service has none yet")
      ->type_name("PORT")
      ->check(assignable_port());
  add_range(app, options->range, "Where to look for a free port");
  app.add_flag("--release", options->release, "Take the port back when the command has ended");
  return ServerAction([options](Session& session) { return run(session, *options); });
}

}  // namespace

Command run_command() {
  return {
      .name = "run",
      .group = CommandGroup::live,
      .summary = "Run a command with a service's port in its environment",
      .details =
          "The service is assigned a port if it has none. The command finds it in PORT, and in a "
          "variable of the service's own: BILLING_API_PORT for billing-api. Signals are passed on "
          "to it, and its exit status is this one's; 1 to 5 also when it could not be started.\n\n"
          "The port stays the service's when the command has ended, so that the next run has the "
          "same; --release takes it back.\n\n"
          "A command that is running is not told here that its port has changed, for it could not "
          "follow. To be moved while it runs, it answers POST /api/config/update-port as "
          "docs/api.md says. One that is healthy and does not answer so refuses each move, and "
          "keeps "
          "its port; to move it, stop it, reassign it, and run it again: run gives it the new port "
          "then.\n\n"
          "It is known by its health check, or by the name of its process. A command that answers "
          "GET /health with nothing good is taken for a stranger on the service's port unless one "
          "of "
          "them is registered: register billing --health-endpoint / or register billing --process "
          "python3.",
      .examples = {{"portmanager run billing -- python3 -m http.server",
                    "Starts it with PORT and BILLING_PORT set; this one ignores them."},
                   {"portmanager run billing -- sh -c 'exec billing --listen :$PORT'",
                    "Hands the port over as an argument."}},
      .declare = declare_run};
}

}  // namespace pm
