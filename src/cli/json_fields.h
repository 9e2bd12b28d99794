#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/strict_json.h"

namespace pm {

/// Members of an answer, read without trust: what is missing, null or of another type is empty, so
/// that an answer of another version never ends the program.

/// A string as it is, a number or boolean as it is written; else "".
std::string text_of(const Json& object, const char* name);
std::optional<std::int64_t> number_of(const Json& object, const char* name);
bool flag_of(const Json& object, const char* name);
/// The array, or an empty one.
const Json& list_of(const Json& object, const char* name);
/// The object, or an empty one.
const Json& object_of(const Json& object, const char* name);
/// The texts of an array, joined by ", ".
std::string joined_texts(const Json& array);
/// "2026-03-01T09:30:00.125Z" to the second; "" when it is none.
std::string moment_of(const Json& object, const char* name);

}  // namespace pm
