#include "app/listener_interviews.h"

#include <algorithm>

namespace pm {
namespace {

HealthAnswer answer_of(const HealthReply& reply, Timestamp at) {
  return {reply.reach == Reach::answered, reply.healthy, reply.identity.value_or(""), at};
}

}  // namespace

bool ListenerInterviews::is_due(const Interview& interview, Time now) const {
  if (interview.times == 0) return true;
  if (!interview.answer.name.empty()) return false;
  return interview.times < options_.eager_questions || now - interview.asked >= options_.ask_again;
}

void ListenerInterviews::ask(const std::vector<Question>& questions, Time now, Timestamp at) {
  std::unordered_map<std::uint64_t, Interview> kept;
  std::vector<Interview*> asked;
  std::vector<ServiceAddress> addresses;
  for (const auto& question : questions) {
    auto& interview = kept[question.listener->inode];
    const auto before = interviews_.find(question.listener->inode);
    if (before != interviews_.end() && before->second.question == question) {
      interview = before->second;
    } else {
      interview.question = question;
    }
  }
  for (auto& [inode, interview] : kept) {
    if (!is_due(interview, now)) continue;
    const auto& question = interview.question;
    addresses.push_back({"", question.host, question.listener->port, question.health_endpoint});
    asked.push_back(&interview);
  }
  if (!asked.empty()) {
    const auto replies = client_.health_of_all(addresses, options_.answer_timeout);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      asked[i]->answer = answer_of(replies[i], at);
      asked[i]->asked = now;
      ++asked[i]->times;
    }
  }
  interviews_.swap(kept);
}

const HealthAnswer* ListenerInterviews::answer(const Listener& listener) const {
  const auto found = interviews_.find(listener.inode);
  return found == interviews_.end() || found->second.times == 0 ? nullptr : &found->second.answer;
}

bool ListenerInterviews::due(Time now) const {
  return std::any_of(interviews_.begin(), interviews_.end(),
                     [&](const auto& each) { return is_due(each.second, now); });
}

void ListenerInterviews::doubt(const Listener& listener) {
  const auto found = interviews_.find(listener.inode);
  if (found != interviews_.end()) found->second.times = 0;
}

}  // namespace pm
