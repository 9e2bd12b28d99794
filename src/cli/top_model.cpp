#include "cli/top_model.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "cli/json_fields.h"
#include "domain/text.h"

namespace pm {
namespace {

constexpr std::size_t kept_events = 100;

std::map<std::string, std::string> conflicts_by_service(const Json& conflicts) {
  std::map<std::string, std::string> types;
  for (const auto& conflict : list_of(conflicts, "conflicts")) {
    const auto type = text_of(conflict, "type");
    if (const auto one = text_of(conflict, "service"); !one.empty()) types[one] = type;
    for (const auto& each : list_of(conflict, "services")) {
      if (each.is_string()) types[each.get<std::string>()] = type;
    }
  }
  return types;
}

std::vector<TopRow> rows_of(const TopData& data) {
  std::map<std::string, const Json*> checks;
  for (const auto& status : list_of(data.statuses, "statuses")) {
    checks[text_of(status, "service_id")] = &status;
  }
  auto conflicts = conflicts_by_service(data.conflicts);
  std::vector<TopRow> rows;
  for (const auto& service : list_of(data.services, "services")) {
    TopRow row;
    row.service_id = text_of(service, "service_id");
    row.port = number_of(service, "port").value_or(0);
    row.status = text_of(service, "status");
    row.conflict = conflicts[row.service_id];
    if (const auto check = checks.find(row.service_id); check != checks.end()) {
      row.status = text_of(*check->second, "status");
      row.checked = moment_of(*check->second, "last_checked");
      row.detail = text_of(*check->second, "detail");
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// What needs a look comes first.
int rank_of(const TopRow& row) {
  if (!row.conflict.empty()) return 0;
  if (row.status == "unhealthy") return 1;
  return row.status == "unknown" ? 2 : 3;
}

}  // namespace

void TopModel::update(TopData data) {
  if (data.trouble.empty()) {
    data_ = std::move(data);
    rows_ = rows_of(data_);
    choose();
  } else {
    data_.trouble = std::move(data.trouble);
  }
}

void TopModel::add_change(const Json& message) {
  for (auto& text : event_texts(message)) {
    events_.push_front({event_moment(message), std::move(text)});
  }
  if (events_.size() > kept_events) events_.resize(kept_events);
}

bool TopModel::passes(const TopRow& row) const {
  if (problems_only_ && row.conflict.empty() && row.status != "unhealthy") return false;
  if (filter_.empty()) return true;
  const auto text = ascii_lower(row.service_id + " " + std::to_string(row.port) + " " + row.status +
                                " " + row.conflict);
  return text.find(ascii_lower(filter_)) != std::string::npos;
}

void TopModel::choose() {
  shown_.clear();
  std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(shown_),
               [&](const TopRow& row) { return passes(row); });
  std::stable_sort(shown_.begin(), shown_.end(), [&](const TopRow& left, const TopRow& right) {
    const auto key = [&](const TopRow& row) {
      const auto number = sort_ == Sort::port ? row.port : sort_ == Sort::status ? rank_of(row) : 0;
      return std::tuple(number, std::cref(row.service_id).get());
    };
    return key(left) < key(right);
  });
}

void TopModel::scroll_to(std::int64_t row, int rows) {
  const auto last = static_cast<std::int64_t>(shown_.size()) - rows;
  first_ =
      static_cast<std::size_t>(std::clamp<std::int64_t>(row, 0, std::max<std::int64_t>(last, 0)));
}

bool TopModel::press(Key key, int rows) {
  const auto here = static_cast<std::int64_t>(first_);
  std::int64_t goal = here;
  switch (key) {
    case Key::quit:
      return false;
    case Key::up:
      goal = here - 1;
      break;
    case Key::down:
      goal = here + 1;
      break;
    case Key::page_up:
      goal = here - rows;
      break;
    case Key::page_down:
      goal = here + rows;
      break;
    case Key::home:
      goal = 0;
      break;
    case Key::end:
      goal = static_cast<std::int64_t>(shown_.size());
      break;
    case Key::sort:
      sort_ = sort_ == Sort::service ? Sort::port
              : sort_ == Sort::port  ? Sort::status
                                     : Sort::service;
      break;
    case Key::problems:
      problems_only_ = !problems_only_;
      break;
    case Key::filter:
      is_typing_ = true;
      break;
    case Key::enter:
      is_typing_ = false;
      break;
    case Key::escape:
      is_typing_ = false;
      filter_.clear();
      break;
    case Key::erase:
      if (!filter_.empty()) filter_.pop_back();
      break;
    case Key::none:
      break;
  }
  choose();
  scroll_to(goal, rows);
  return true;
}

bool TopModel::type(char character, int rows) {
  if (is_typing_) {
    filter_ += character;
    choose();
    scroll_to(0, rows);
    return true;
  }
  static const std::map<char, Key> keys = {
      {'q', Key::quit}, {'s', Key::sort}, {'p', Key::problems},  {'/', Key::filter},
      {'k', Key::up},   {'j', Key::down}, {' ', Key::page_down}, {'b', Key::page_up},
      {'g', Key::home}, {'G', Key::end}};
  const auto key = keys.find(character);
  return press(key == keys.end() ? Key::none : key->second, rows);
}

}  // namespace pm
