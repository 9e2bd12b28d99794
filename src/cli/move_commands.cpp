#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_options.h"
#include "cli/commands.h"
#include "cli/json_fields.h"
#include "cli/move_table.h"
#include "cli/port_span.h"
#include "cli/request_body.h"
#include "cli/session.h"

namespace pm {
namespace {

struct ReassignOptions {
  std::string service_id;
  std::optional<int> port;
  bool force{false};
  bool dry_run{false};
  std::string reason;
};

ExitStatus reassign(const Session& session, const ReassignOptions& options) {
  RequestBody body;
  body.add("service_id", options.service_id)
      .add("new_port", options.port)
      .add("force", options.force)
      .add("dry_run", options.dry_run)
      .add("reason", options.reason);
  const auto where = options.port ? "port " + std::to_string(*options.port) : "another port";
  const auto answer = session.post("/api/ports/reassign", body.json(),
                                   "Moving " + options.service_id + " to " + where);
  if (!answer) return session.fail(answer.error(), options.service_id);
  return session.show_message(*answer, "new_port");
}

Command reassign_command() {
  return {
      .name = "reassign",
      .group = CommandGroup::change,
      .summary = "Move a service to another port, running or not",
      .details =
          "A running service is told to move, and the move counts once the service answers on "
          "the new port. When it refuses or does not come up, all is as it was before, and the "
          "exit status is 1. Ctrl-C ends the waiting, not the move.\n\n"
          "With --quiet, the new port alone.",
      .examples = {{"portmanager reassign passport 8050", "Moves passport to port 8050."},
                   {"portmanager reassign passport --dry-run",
                    "Says where it would go, and changes nothing."}},
      .declare = [](CLI::App& app) -> Action {
        auto options = std::make_shared<ReassignOptions>();
        add_service(app, options->service_id)->required();
        add_port(app, options->port, "The new port; left out, the lowest free one of its category");
        app.add_flag("--dry-run", options->dry_run, "Say what would happen, and change nothing");
        add_force(app, options->force);
        add_reason(app, options->reason);
        return ServerAction([options](Session& session) { return reassign(session, *options); });
      }};
}

struct BulkOptions {
  std::vector<std::string> wanted;
  bool dry_run{false};
  std::string reason;
};

ExitStatus bulk_update(const Session& session, const BulkOptions& options) {
  Json updates = Json::object();
  for (const auto& text : options.wanted) {
    const auto wanted = wanted_port_from(text);
    if (!wanted || updates.contains(wanted->service_id)) {
      return session.fail({ExitStatus::usage,
                           wanted ? wanted->service_id + " is named twice."
                                  : "\"" + text + "\" is not SERVICE=PORT.",
                           "For example: portmanager bulk-update passport=8050 billing=8051"});
    }
    updates[wanted->service_id] = wanted->port;
  }
  auto body = RequestBody().add("dry_run", options.dry_run).add("reason", options.reason).json();
  const auto count = updates.size();
  body["updates"] = std::move(updates);
  const auto answer =
      session.post("/api/ports/bulk-update", body, "Moving " + std::to_string(count) + " services");
  if (!answer) return session.fail(answer.error());
  return show_moves(session, *answer, list_of(answer->body, "results"));
}

Command bulk_update_command() {
  return {
      .name = "bulk-update",
      .group = CommandGroup::change,
      .summary = "Move several services at once, in an order that works",
      .details =
          "The whole is checked before the first step: one move that cannot be refuses all. "
          "Services that swap ports, or go round in a circle, pass through a spare port. What "
          "was moved stays moved when another fails, and the exit status is 1 then.",
      .examples = {{"portmanager bulk-update passport=8010 billing=8007",
                    "Swaps the two, when passport has 8007 and billing 8010."},
                   {"portmanager bulk-update passport=8010 billing=8007 --dry-run",
                    "Checks that, says what would happen, and changes nothing."}},
      .declare = [](CLI::App& app) -> Action {
        auto options = std::make_shared<BulkOptions>();
        app.add_option("updates", options->wanted, "Which service is to have which port")
            ->type_name("SERVICE=PORT")
            ->required();
        app.add_flag("--dry-run", options->dry_run, "Say what would happen, and change nothing");
        add_reason(app, options->reason);
        return ServerAction([options](Session& session) { return bulk_update(session, *options); });
      }};
}

}  // namespace

std::vector<Command> move_commands() {
  return {reassign_command(), bulk_update_command()};
}

}  // namespace pm
