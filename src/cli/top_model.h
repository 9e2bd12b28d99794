#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "app/strict_json.h"
#include "cli/event_text.h"

namespace pm {

/// What the server said last, as it came; empty objects when it has not.
struct TopData {
  Json health = Json::object();     ///< /api/health/detailed
  Json services = Json::object();   ///< /api/services
  Json statuses = Json::object();   ///< /api/services/status
  Json conflicts = Json::object();  ///< /api/ports/conflicts
  std::string trouble;              ///< why there is nothing newer, a clause; "": it is new
};

struct TopRow {
  std::string service_id;
  std::int64_t port{0};  ///< 0: none
  std::string status;
  std::string checked;
  std::string detail;    ///< of its last check
  std::string conflict;  ///< the type of one that is open; ""
};

/// What `portmanager top` shows, and what the person has asked for by keys. Pure: no screen, no
/// server. For one thread.
class TopModel {
 public:
  enum class Sort { service, port, status };
  enum class Key {
    none,
    quit,
    up,
    down,
    page_up,
    page_down,
    home,
    end,
    sort,
    problems,
    filter,  ///< begins to type a filter
    enter,
    escape,
    erase,
  };
  struct Event {
    std::string moment;
    EventText text;
  };

  void update(TopData data);
  /// Keeps the newest changes.
  void add_change(const Json& message);
  /// False: it is over. `rows` is how many rows fit on the screen now.
  bool press(Key key, int rows);
  /// A character that was typed; it counts while a filter is typed, else it may be a key.
  bool type(char character, int rows);

  const TopData& data() const { return data_; }
  const std::deque<Event>& events() const { return events_; }
  /// Those that the filter lets pass, sorted; all of them, whether they fit or not.
  const std::vector<TopRow>& rows() const { return shown_; }
  std::size_t first() const { return first_; }  ///< the first row on the screen
  Sort sort() const { return sort_; }
  bool problems_only() const { return problems_only_; }
  bool is_typing() const { return is_typing_; }
  const std::string& filter() const { return filter_; }

 private:
  void choose();
  void scroll_to(std::int64_t row, int rows);
  bool passes(const TopRow& row) const;

  TopData data_;
  std::vector<TopRow> rows_;
  std::vector<TopRow> shown_;
  std::deque<Event> events_;
  std::size_t first_{0};
  Sort sort_{Sort::service};
  bool problems_only_{false};
  bool is_typing_{false};
  std::string filter_;
};

}  // namespace pm
