#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pm {

/// How many typing mistakes lie between two words: a letter left out, added, wrong, or two
/// neighbours swapped.
std::size_t typing_distance(const std::string& left, const std::string& right);

/// The candidate that was probably meant: the only one that begins with the word, else the one with
/// the fewest mistakes, if they are few for the word's length (one for up to five letters, else a
/// third).
std::optional<std::string> near_match(const std::string& word,
                                      const std::vector<std::string>& candidates);

}  // namespace pm
