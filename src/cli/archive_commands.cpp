#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string_view>

#include "cli/commands.h"
#include "cli/json_fields.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/whole_file.h"
#include "http_client/url.h"

namespace pm {
namespace {

/// "the 27 assignments that there are now", for what replaces them.
std::string what_there_is(const Session& session) {
  const auto answer = session.get("/api/ports/assignments");
  const auto count = answer ? text_of(answer->body, "total") : std::string();
  if (count.empty()) return "the assignments that there are now";
  return "the " + count + " assignments that there are now";
}

constexpr const char* advice_before =
    " Running services are not moved. portmanager backup keeps what is there now.";

ExitStatus backup(const Session& session, const std::string& name) {
  const auto query = name.empty() ? "" : "?backup_file=" + percent_encoded(name);
  const auto answer = session.post("/api/ports/backup" + query, std::nullopt);
  if (!answer) return session.fail(answer.error());
  return session.show_message(*answer, "backup_file");
}

Command backup_command() {
  return {.name = "backup",
          .group = CommandGroup::archive,
          .summary = "Write down who has what, in the server's backup folder",
          .details =
              "Without a name, the file is named by the time. No backup is ever overwritten. With "
              "--quiet, the name alone.\n\n"
              "It holds assignments, reservations and the lists of held ports; for the whole "
              "database with its history see docs/operations.md.",
          .examples = {{"portmanager backup", "Writes port_config_backup_TIME.json."},
                       {"portmanager backup before-upgrade.json", "Writes one of that name."}},
          .declare = [](CLI::App& app) -> Action {
            auto name = std::make_shared<std::string>();
            app.add_option("name", *name, "A file name, without folders")->type_name("NAME");
            return ServerAction([name](Session& session) { return backup(session, *name); });
          }};
}

ExitStatus backups(const Session& session) {
  const auto answer = session.get("/api/ports/backups");
  if (!answer) return session.fail(answer.error());
  const auto& all = list_of(answer->body, "backups");
  constexpr std::size_t shown_digits = 12;
  return session.show(
      *answer,
      [&] {
        Table table({{"NAME"}, {"BYTES", Table::Align::right}, {"CREATED"}, {"SHA-256"}});
        for (const auto& backup : all) {
          table.add({{text_of(backup, "name")},
                     {text_of(backup, "size")},
                     {moment_of(backup, "created_at")},
                     {text_of(backup, "sha256").substr(0, shown_digits), Style::faint}});
        }
        return table.text(session.terminal());
      },
      [&] {
        std::string text;
        for (const auto& backup : all) text += text_of(backup, "name") + '\n';
        return text;
      });
}

Command backups_command() {
  return {.name = "backups",
          .group = CommandGroup::archive,
          .summary = "Show the backups that there are, newest first",
          .details = "With --quiet, their names alone.",
          .examples = {{"portmanager backups", "Name, size and age of each."}},
          .declare = [](CLI::App&) -> Action { return ServerAction(backups); }};
}

/// Asked before the person is: what is not there needs no yes.
Answered<void> check_backup(const Session& session, const std::string& name) {
  const auto answer = session.get("/api/ports/backups");
  if (!answer) return tl::unexpected(answer.error());
  const auto& all = list_of(answer->body, "backups");
  const bool is_there = std::any_of(
      all.begin(), all.end(), [&](const Json& backup) { return text_of(backup, "name") == name; });
  if (is_there) return {};
  return tl::unexpected(Refusal{ExitStatus::not_found, "There is no backup " + name + ".",
                                "portmanager backups lists those that there are."});
}

ExitStatus restore(const Session& session, const std::string& name) {
  if (const auto checked = check_backup(session, name); !checked) {
    return session.fail(checked.error());
  }
  const auto no = session.confirm("The backup " + name + " will replace " + what_there_is(session) +
                                  "." + advice_before);
  if (no) return *no;
  const auto answer =
      session.post("/api/ports/restore?backup_file=" + percent_encoded(name), std::nullopt);
  if (!answer) return session.fail(answer.error());
  return session.show_message(*answer, "revision");
}

Command restore_command() {
  return {
      .name = "restore",
      .group = CommandGroup::archive,
      .summary = "Replace who has what by a backup",
      .details =
          "Asks first, unless --yes is given. Running services are not moved; the history stays "
          "and says that it was restored. With --quiet, the registry's new revision.",
      .examples = {{"portmanager restore before-upgrade.json", "Goes back to that backup."}},
      .declare = [](CLI::App& app) -> Action {
        auto name = std::make_shared<std::string>();
        app.add_option("name", *name, "The backup's name")->type_name("BACKUP")->required();
        return ServerAction([name](Session& session) { return restore(session, *name); });
      }};
}

/// The server knows the text by what it is to be, not by the file that it came from.
std::string naming(const std::string& source, const std::string& message) {
  constexpr std::string_view as_sent = "port_config.json";
  return message.starts_with(as_sent) ? source + message.substr(as_sent.size()) : message;
}

ExitStatus import_file(const Session& session, const std::string& path) {
  const bool is_stdin = path == "-";
  const auto text = is_stdin ? read_whole(std::cin, "stdin") : read_whole_file(path);
  if (!text) return session.fail(text.error());
  const auto no = session.confirm((is_stdin ? "What came on stdin" : "The file " + path) +
                                  " will replace " + what_there_is(session) + "." + advice_before);
  if (no) return *no;
  ApiRequest request{.target = "/api/ports/import", .method = "POST", .json = *text};
  const auto answer = session.call(std::move(request));
  if (answer) return session.show_message(*answer, "total");
  auto refusal = answer.error();
  // The command line was right; the file is not.
  if (refusal.status == ExitStatus::usage) refusal.status = ExitStatus::failed;
  refusal.message = naming(is_stdin ? "stdin" : path, refusal.message);
  return session.fail(refusal);
}

Command import_command() {
  return {
      .name = "import",
      .group = CommandGroup::archive,
      .summary = "Replace who has what by a port_config.json",
      .details =
          "Asks first, unless --yes is given. A file that is broken is refused as a whole, with "
          "the place of the fault. With --quiet, the number of assignments.",
      .examples = {{"portmanager import port_config.json", "Takes over another registry."},
                   {"portmanager export | ssh other portmanager import - --yes",
                    "Copies this registry to another machine."}},
      .declare = [](CLI::App& app) -> Action {
        auto path = std::make_shared<std::string>();
        app.add_option("file", *path, "The file; - is stdin")->type_name("FILE")->required();
        return ServerAction([path](Session& session) { return import_file(session, *path); });
      }};
}

ExitStatus reset(const Session& session) {
  const auto no = session.confirm("The suite's defaults will replace " + what_there_is(session) +
                                  ", after a backup. Running services are not moved.");
  if (no) return *no;
  const auto answer = session.post("/api/ports/reset", std::nullopt);
  if (!answer) return session.fail(answer.error());
  return session.show_message(*answer, "backup_file");
}

Command reset_command() {
  return {.name = "reset",
          .group = CommandGroup::archive,
          .summary = "Go back to the suite's defaults, after a backup",
          .details = "Asks first, unless --yes is given. With --quiet, the name of the backup.",
          .examples = {{"portmanager reset", "The sample suite that the program was built with."}},
          .declare = [](CLI::App&) -> Action { return ServerAction(reset); }};
}

}  // namespace

std::vector<Command> archive_commands() {
  return {backup_command(), backups_command(), restore_command(), import_command(),
          reset_command()};
}

}  // namespace pm
