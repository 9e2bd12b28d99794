#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_options.h"
#include "cli/commands.h"
#include "cli/json_fields.h"
#include "cli/request_body.h"
#include "cli/session.h"

namespace pm {
namespace {

struct AssignOptions {
  std::string service_id;
  std::optional<int> port;
  std::string range;
  std::string host;
  std::string protocol{"tcp"};
  bool force{false};
  std::string reason;
};

ExitStatus assign(const Session& session, const AssignOptions& options) {
  RequestBody body;
  body.add("service_id", options.service_id)
      .add("port", options.port)
      .add("range", options.range)
      .add("host", options.host)
      .add("protocol", options.protocol)
      .add("force", options.force)
      .add("reason", options.reason);
  const auto answer = session.post("/api/ports/assign", body.json());
  if (!answer) return session.fail(answer.error());
  return session.show_message(*answer, "port");
}

Command assign_command() {
  return {.name = "assign",
          .group = CommandGroup::change,
          .summary = "Give a service a port",
          .details =
              "The lowest free one, unless a port is named. A service that is new is registered. A "
              "service that has a port keeps it, and is told which; to another port it is moved "
              "with reassign.\n\n"
              "With --quiet, the port alone.",
          .examples = {{"portmanager assign billing", "Gives billing the lowest free port."},
                       {"portmanager assign billing 8042 --reason 'as in its manual'",
                        "Gives it port 8042, or says who has that."}},
          .declare = [](CLI::App& app) -> Action {
            auto options = std::make_shared<AssignOptions>();
            add_service(app, options->service_id)->required();
            add_port(app, options->port, "The port wanted; left out, the lowest free one");
            add_range(app, options->range, "Where to look for a free one");
            app.add_option("--host", options->host, "The host of the port; left out, this machine")
                ->type_name("HOST");
            add_protocol(app, options->protocol);
            add_force(app, options->force);
            add_reason(app, options->reason);
            return ServerAction([options](Session& session) { return assign(session, *options); });
          }};
}

struct ReleaseOptions {
  std::string service_id;
  std::string reason;
};

ExitStatus release(const Session& session, const ReleaseOptions& options) {
  RequestBody body;
  body.add("service_id", options.service_id).add("reason", options.reason);
  const auto answer = session.post("/api/ports/release", body.json());
  if (!answer) return session.fail(answer.error(), options.service_id);
  return session.show_message(*answer, "port");
}

Command release_command() {
  return {.name = "release",
          .group = CommandGroup::change,
          .summary = "Take a service's port back",
          .details =
              "The service stays known, and is not told. This can be undone: for a while the port "
              "is chosen for nobody else, and portmanager assign SERVICE PORT gives it back. "
              "Therefore nothing is asked.\n\n"
              "With --quiet, the port that was given back.",
          .examples = {{"portmanager release billing", "Its port is free for others."}},
          .declare = [](CLI::App& app) -> Action {
            auto options = std::make_shared<ReleaseOptions>();
            add_service(app, options->service_id)->required();
            add_reason(app, options->reason);
            return ServerAction([options](Session& session) { return release(session, *options); });
          }};
}

}  // namespace

std::vector<Command> assignment_commands() {
  return {assign_command(), release_command()};
}

}  // namespace pm
