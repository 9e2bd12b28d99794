#include "cli/move_table.h"

#include <algorithm>

#include "cli/json_fields.h"
#include "cli/table.h"

namespace pm {
namespace {

/// A bulk update's plan has no steps of different kinds, and its messages say what would happen.
std::string as_table_of_messages(const Terminal& terminal, const Json& moves) {
  Table table(
      {{"SERVICE"}, {"FROM", Table::Align::right}, {"TO", Table::Align::right}, {"MESSAGE"}});
  for (const auto& move : moves) {
    table.add({{text_of(move, "service_id")},
               {text_of(move, "old_port")},
               {text_of(move, "new_port")},
               {text_of(move, "message")}});
  }
  return table.text(terminal);
}

std::string as_table(const Terminal& terminal, const Json& moves, bool is_plan) {
  const auto has_step = [](const Json& move) { return !text_of(move, "action").empty(); };
  if (is_plan && std::none_of(moves.begin(), moves.end(), has_step)) {
    return as_table_of_messages(terminal, moves);
  }
  Table table({{"SERVICE"},
               {"FROM", Table::Align::right},
               {"TO", Table::Align::right},
               {is_plan ? "STEP" : "RESULT"},
               {is_plan ? "WHY" : "MESSAGE"}});
  for (const auto& move : moves) {
    const bool is_done = flag_of(move, "success");
    const auto action = text_of(move, "action");
    const Table::Cell result{is_plan   ? action
                             : is_done ? "done"
                                       : "failed",
                             is_plan   ? Style::plain
                             : is_done ? Style::good
                                       : Style::bad};
    table.add({{text_of(move, "service_id")},
               {text_of(move, "old_port")},
               {text_of(move, "new_port")},
               result,
               {text_of(move, is_plan ? "why" : "message")}});
  }
  return table.text(terminal);
}

}  // namespace

ExitStatus show_moves(const Session& session, const ApiAnswer& answer, const Json& moves) {
  const bool is_plan = flag_of(answer.body, "dry_run");
  session.show(
      answer, [&] { return as_table(session.terminal(), moves, is_plan); },
      [&] {
        std::string text;
        for (const auto& move : moves) {
          text += text_of(move, "service_id") + " " + text_of(move, "new_port") + '\n';
        }
        return text;
      });
  const auto failed = std::count_if(moves.begin(), moves.end(),
                                    [](const Json& move) { return !flag_of(move, "success"); });
  if (failed == 0 || is_plan) return ExitStatus::done;
  session.note(std::to_string(failed) + " of " + std::to_string(moves.size()) +
               " failed; those services are as they were. portmanager history SERVICE has more.");
  return ExitStatus::failed;
}

}  // namespace pm
