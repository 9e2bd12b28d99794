#include "app/strict_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pm {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_quoted = 80;

/// Reads the text for nlohmann and tells how far the reading has come, which SAX events do not.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char*& reached) : at_(at), reached_(&reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    const Cursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

/// Line and column, from 1, of the byte at `offset`. A column is a character, as editors count.
std::string place(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto last_break = before.rfind('\n');
  const auto start = last_break == std::string_view::npos ? 0 : last_break + 1;
  const auto is_first_byte = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  };
  const auto column = 1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(start),
                                        before.end(), is_first_byte);
  return fmt::format("line {}, column {}", line, column);
}

/// The name in quotes, escaped, and cut when it is long.
std::string quote_name(const std::string& name) {
  if (name.size() <= max_quoted) return Json(name).dump();
  return Json(name.substr(0, max_quoted) + "...")
      .dump(-1, ' ', false, Json::error_handler_t::ignore);
}

/// What nlohmann found wrong, without its prefix and without the text it quotes: that text may be
/// as long as the input, and need not be UTF-8.
std::string fault_of(const Json::exception& fault) {
  constexpr int number_overflow = 406;
  if (fault.id == number_overflow) return "a number is too large";
  std::string_view text = fault.what();
  text = text.substr(0, text.find("; last read: "));
  const auto column = text.find(", column ");
  const auto colon = column == std::string_view::npos ? column : text.find(": ", column);
  return std::string(colon == std::string_view::npos ? "syntax error" : text.substr(colon + 2));
}

/// Builds the value from nlohmann's events, and stops at what parse_strict() refuses. The names of
/// events are the library's.
class Builder {
 public:
  Builder(std::string_view text, const char* const& reached) : text_(text), reached_(reached) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
  bool number_float(Json::number_float_t value, const Json::string_t&) { return add(value); }
  bool string(Json::string_t& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(Json::string_t& name) {
    auto& level = levels_.back();
    if (!level.names.insert(name).second) {
      fault_ = fmt::format("the member {} stands twice in one object", quote_name(name));
      offset_ = read() - 1;
      return false;
    }
    // ordered_map's own insertions search all members first.
    level.value->get_ref<Json::object_t&>().emplace_back(std::move(name), Json());
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception& fault) {
    fault_ = fault_of(fault);
    offset_ = position > 0 ? position - 1 : 0;
    return false;
  }

  /// "line 1, column 2: what is wrong", after the parser has said no.
  std::string fault() const { return fmt::format("{}: {}", place(text_, offset_), fault_); }
  Json take() { return std::move(root_); }

 private:
  struct Level {
    Json* value;
    std::set<std::string> names;
  };

  std::size_t read() const { return static_cast<std::size_t>(reached_ - text_.data()); }

  Json* put(Json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *levels_.back().value;
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    auto& slot = parent.get_ref<Json::object_t&>().back().second;
    slot = std::move(value);
    return &slot;
  }

  template <typename T>
  bool add(T&& value) {
    put(Json(std::forward<T>(value)));
    return true;
  }

  bool open(Json container) {
    if (levels_.size() == max_depth) {
      fault_ = fmt::format("nested deeper than {} levels", max_depth);
      offset_ = read() - 1;
      return false;
    }
    // A container's address holds while it is open: its parent gets no other member meanwhile.
    levels_.push_back({put(std::move(container)), {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string_view text_;
  const char* const& reached_;
  Json root_;
  std::vector<Level> levels_;
  std::string fault_;
  std::size_t offset_{0};
};

tl::unexpected<Error> refuse(std::string_view what, std::string_view fault) {
  return fail(ErrorCode::invalid_json,
              fmt::format("{} is not valid JSON: {}. Correct it there.", what, fault));
}

}  // namespace

Expected<Json> parse_strict(std::string_view text, std::string_view what) {
  // To nlohmann a zero byte is the end of the text, whatever follows.
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    return refuse(what, place(text, zero) + ": a zero byte");
  }
  const char* reached = text.data();
  Builder builder(text, reached);
  const Cursor begin(text.data(), reached);
  const Cursor end(text.data() + text.size(), reached);
  if (!Json::sax_parse(begin, end, &builder)) return refuse(what, builder.fault());
  return builder.take();
}

}  // namespace pm
