#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_options.h"
#include "cli/commands.h"
#include "cli/json_fields.h"
#include "cli/request_body.h"
#include "cli/session.h"
#include "cli/status_style.h"
#include "cli/table.h"
#include "http_client/url.h"

namespace pm {
namespace {

std::string ids_of(const Json& services) {
  std::string text;
  for (const auto& service : services) text += text_of(service, "service_id") + '\n';
  return text;
}

ExitStatus services(const Session& session) {
  const auto answer = session.get("/api/services");
  if (!answer) return session.fail(answer.error());
  const auto& all = list_of(answer->body, "services");
  return session.show(
      *answer,
      [&] {
        Table table({{"SERVICE"},
                     {"PORT", Table::Align::right},
                     {"PROTO"},
                     {"STATUS"},
                     {"CATEGORY"},
                     {"HOST"},
                     {"NAME"}});
        for (const auto& service : all) {
          const auto status = text_of(service, "status");
          const bool is_contested = flag_of(service, "contested");
          table.add({{text_of(service, "service_id")},
                     {text_of(service, "port"), is_contested ? Style::bad : Style::plain},
                     {text_of(service, "protocol")},
                     {status, style_of_status(status)},
                     {text_of(service, "category")},
                     {text_of(service, "host")},
                     {text_of(service, "name")}});
        }
        return table.text(session.terminal());
      },
      [&] { return ids_of(all); });
}

Command services_command() {
  return {.name = "services",
          .group = CommandGroup::services,
          .summary = "Show the services that are known, with a port or without",
          .details = "With --quiet, their ids alone.",
          .examples = {{"portmanager services", "Port, status, host and name of each."}},
          .declare = [](CLI::App&) -> Action { return ServerAction(services); }};
}

struct StatusOptions {
  std::string service_id;
  bool now{false};
};

void add_status(Table& table, const Json& status) {
  const auto state = text_of(status, "status");
  table.add({{text_of(status, "service_id")},
             {text_of(status, "port")},
             {state, style_of_status(state)},
             {moment_of(status, "last_checked")},
             {text_of(status, "detail")}});
}

Table status_table() {
  return Table({{"SERVICE"}, {"PORT", Table::Align::right}, {"STATUS"}, {"CHECKED"}, {"DETAIL"}});
}

ExitStatus status_of_all(const Session& session) {
  const auto answer = session.get("/api/services/status");
  if (!answer) return session.fail(answer.error());
  return session.show(
      *answer,
      [&] {
        auto table = status_table();
        for (const auto& status : list_of(answer->body, "statuses")) add_status(table, status);
        return table.text(session.terminal());
      },
      [&] {
        std::string text;
        for (const auto& status : list_of(answer->body, "statuses")) {
          text += text_of(status, "service_id") + " " + text_of(status, "status") + '\n';
        }
        return text;
      });
}

ExitStatus status_of_one(const Session& session, const StatusOptions& options) {
  const auto escaped = percent_encoded(options.service_id);
  // The check that is asked for is recorded, so what it found is in the status.
  const auto checked = options.now
                           ? session.get("/api/services/health/" + escaped).map([](const auto&) {})
                           : Answered<void>();
  if (!checked) return session.fail(checked.error(), options.service_id);
  const auto answer = session.get("/api/services/status/" + escaped);
  if (!answer) return session.fail(answer.error(), options.service_id);
  const auto& status = object_of(answer->body, "status");
  session.show(
      *answer,
      [&] {
        auto table = status_table();
        add_status(table, status);
        return table.text(session.terminal());
      },
      [&] { return text_of(status, "status"); });
  return text_of(status, "status") == "unhealthy" ? ExitStatus::failed : ExitStatus::done;
}

Command status_command() {
  return {.name = "status",
          .group = CommandGroup::services,
          .summary = "Show how services are, as last checked",
          .details =
              "Of one service, the exit status is 1 when it is unhealthy. With --quiet, the status "
              "alone: healthy, unhealthy or unknown.",
          .examples = {{"portmanager status", "All services."},
                       {"portmanager status passport --now", "passport is asked now."}},
          .declare = [](CLI::App& app) -> Action {
            auto options = std::make_shared<StatusOptions>();
            auto* service = add_service(app, options->service_id);
            app.add_flag("--now", options->now, "Ask the service now")->needs(service);
            return ServerAction([options](Session& session) {
              return options->service_id.empty() ? status_of_all(session)
                                                 : status_of_one(session, *options);
            });
          }};
}

struct RegisterOptions {
  std::string service_id;
  std::string name;
  std::string host;
  std::optional<int> port;
  std::optional<int> current_port;
  std::string health_endpoint;
  std::string process;
  std::string category;
};

ExitStatus register_service(const Session& session, const RegisterOptions& options) {
  RequestBody body;
  body.add("service_id", options.service_id)
      .add("name", options.name)
      .add("host", options.host)
      .add("port", options.port)
      .add("current_port", options.current_port)
      .add("health_endpoint", options.health_endpoint)
      .add("process", options.process)
      .add("category", options.category);
  const auto answer = session.post("/api/services/register", body.json());
  if (!answer) return session.fail(answer.error());
  return session.show_message(*answer, "port");
}

Action declare_register(CLI::App& app) {
  auto options = std::make_shared<RegisterOptions>();
  add_service(app, options->service_id)->required();
  app.add_option("--name", options->name, "Its name for people")->type_name("TEXT");
  app.add_option("--host", options->host, "Where it is contacted")->type_name("HOST");
  auto* port = app.add_option("--port", options->port, "The port wanted")
                   ->type_name("PORT")
                   ->check(CLI::Range(1, 65535));
  app.add_option("--current-port", options->current_port, "The port that it listens on already")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535))
      ->excludes(port);
  app.add_option("--health-endpoint", options->health_endpoint,
                 "The path of its health check; left out, /health")
      ->type_name("PATH");
  app.add_option("--process", options->process, "The name of its process or executable")
      ->type_name("NAME");
  app.add_option("--category", options->category, "The category whose ports it gets")
      ->type_name("NAME");
  return ServerAction([options](Session& session) { return register_service(session, *options); });
}

Command register_command() {
  return {.name = "register",
          .group = CommandGroup::services,
          .summary = "Make a service known, and give it a port",
          .details =
              "Registering again changes what is known of the service; a service that has a port "
              "keeps it. With --quiet, the port alone.",
          .examples = {{"portmanager register billing --category business",
                        "Registers billing with the lowest free port of its category."},
                       {"portmanager register legacy --current-port 8070 --health-endpoint /up",
                        "Registers one that runs on port 8070 already."}},
          .declare = declare_register};
}

ExitStatus unregister(const Session& session, const std::string& service_id) {
  const auto no = session.confirm(service_id +
                                  " will be forgotten, with its name, host and health check, and "
                                  "its port will be free. Its history is kept.");
  if (no) return *no;
  ApiRequest request{.target = "/api/services/" + percent_encoded(service_id), .method = "DELETE"};
  const auto answer = session.call(std::move(request));
  if (!answer) return session.fail(answer.error(), service_id);
  return session.show_message(*answer, "service_id");
}

Command unregister_command() {
  return {.name = "unregister",
          .group = CommandGroup::services,
          .summary = "Forget a service, and take its port back",
          .details = "Asks first, unless --yes is given. The history stays.",
          .examples = {{"portmanager unregister billing --yes", "Forgets billing."}},
          .declare = [](CLI::App& app) -> Action {
            auto service_id = std::make_shared<std::string>();
            add_service(app, *service_id)->required();
            return ServerAction(
                [service_id](Session& session) { return unregister(session, *service_id); });
          }};
}

ExitStatus restart(const Session& session, const std::string& service_id) {
  const auto body = RequestBody().add("service_id", service_id).json();
  const auto answer =
      session.post("/api/services/restart", body, "Asking " + service_id + " to restart");
  if (!answer) return session.fail(answer.error(), service_id);
  return session.show_message(*answer, "service_id");
}

Command restart_command() {
  return {.name = "restart",
          .group = CommandGroup::services,
          .summary = "Ask a service to restart itself",
          .details = "The service is sent POST /api/admin/restart at its port.",
          .examples = {{"portmanager restart passport", "passport restarts, or says why not."}},
          .declare = [](CLI::App& app) -> Action {
            auto service_id = std::make_shared<std::string>();
            add_service(app, *service_id)->required();
            return ServerAction(
                [service_id](Session& session) { return restart(session, *service_id); });
          }};
}

ExitStatus discover(const Session& session) {
  const auto answer = session.get("/api/services/discover");
  if (!answer) return session.fail(answer.error());
  const auto& all = list_of(answer->body, "services");
  for (const auto& warning : list_of(answer->body, "warnings")) {
    if (warning.is_string()) session.note(warning.get<std::string>());
  }
  return session.show(
      *answer,
      [&] {
        Table table({{"SERVICE"},
                     {"PORT", Table::Align::right},
                     {"REGISTERED"},
                     {"RUNNING"},
                     {"KNOWN FROM"},
                     {"OFFER"}});
        for (const auto& service : all) {
          const bool is_registered = flag_of(service, "registered");
          table.add({{text_of(service, "service_id")},
                     {text_of(service, "port")},
                     {is_registered ? "yes" : "no", is_registered ? Style::plain : Style::warning},
                     {flag_of(service, "running") ? "yes" : "no"},
                     {joined_texts(list_of(service, "sources"))},
                     {text_of(service, "offer")}});
        }
        return table.text(session.terminal());
      },
      [&] { return ids_of(all); });
}

Command discover_command() {
  return {.name = "discover",
          .group = CommandGroup::services,
          .summary = "Look for services that run or that the Hub knows",
          .details =
              "This machine's listeners are asked who they are. Nobody is registered unasked: the "
              "offer says how. With --quiet, the ids alone.",
          .examples = {{"portmanager discover", "Everyone who was found, registered or not."}},
          .declare = [](CLI::App&) -> Action { return ServerAction(discover); }};
}

}  // namespace

std::vector<Command> service_commands() {
  return {services_command(),   status_command(),  register_command(),
          unregister_command(), restart_command(), discover_command()};
}

}  // namespace pm
