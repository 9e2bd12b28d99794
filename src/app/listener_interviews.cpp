#include "app/listener_interviews.h"

#include <algorithm>

namespace pm {
namespace {

HealthAnswer answer_of(const HealthReply& reply, Timestamp at) {
  return {reply.reach == Reach::answered, reply.healthy, reply.identity.value_or(""), at, false};
}

std::vector<ServiceAddress> addresses_of(
    const std::vector<ListenerInterviews::Question>& questions) {
  std::vector<ServiceAddress> addresses;
  addresses.reserve(questions.size());
  for (const auto& question : questions) {
    addresses.push_back({"", question.host, question.listener->port, question.health_endpoint});
  }
  return addresses;
}

}  // namespace

bool ListenerInterviews::is_due(const Interview& interview, Time now) const {
  if (interview.times == 0) return true;
  if (interview.answer.pending || !interview.answer.name.empty()) return false;
  return interview.times < options_.eager_questions || now - interview.asked >= options_.ask_again;
}

void ListenerInterviews::ask(const std::vector<Question>& questions, Time now, Timestamp at) {
  Interviews kept;
  for (const auto& question : questions) {
    auto& interview = kept[question.listener->inode];
    const auto before = interviews_.find(question.listener->inode);
    if (before != interviews_.end() && before->second.question == question) {
      interview = before->second;
    } else {
      interview.question = question;
    }
  }
  take_late_answers(kept, at);
  ask_due(kept, now, at);
  ask_with_patience(kept);
  interviews_.swap(kept);
}

void ListenerInterviews::ask_due(Interviews& interviews, Time now, Timestamp at) {
  std::vector<Interview*> asked;
  std::vector<Question> questions;
  for (auto& [inode, interview] : interviews) {
    if (!is_due(interview, now)) continue;
    asked.push_back(&interview);
    questions.push_back(interview.question);
  }
  if (asked.empty()) return;
  const auto replies = client_.health_of_all(addresses_of(questions), options_.answer_timeout);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto& interview = *asked[i];
    interview.answer = answer_of(replies[i], at);
    interview.answer.pending = is_slow(interview, replies[i]);
    interview.asked = now;
    ++interview.times;
  }
}

bool ListenerInterviews::is_slow(const Interview& interview, const HealthReply& reply) {
  return reply.reach == Reach::timed_out && !interview.was_waited_for &&
         probe_.is_accepting(*interview.question.listener);
}

void ListenerInterviews::ask_with_patience(const Interviews& interviews) {
  if (patient_.valid()) return;
  Round round;
  for (const auto& [inode, interview] : interviews) {
    if (interview.answer.pending) round.questions.push_back(interview.question);
  }
  if (round.questions.empty()) return;
  patient_ = std::async(std::launch::async, [this, asked = std::move(round)]() mutable {
    asked.replies = client_.health_of_all(addresses_of(asked.questions), options_.patience);
    return std::move(asked);
  });
}

bool ListenerInterviews::has_late_answers() const {
  return patient_.valid() &&
         patient_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void ListenerInterviews::take_late_answers(Interviews& interviews, Timestamp at) {
  if (!has_late_answers()) return;
  const auto round = patient_.get();
  for (std::size_t i = 0; i < round.questions.size(); ++i) {
    const auto found = interviews.find(round.questions[i].listener->inode);
    if (found == interviews.end() || !(found->second.question == round.questions[i])) continue;
    found->second.answer = answer_of(round.replies[i], at);
    found->second.was_waited_for = true;
    found->second.times = std::max(found->second.times, options_.eager_questions);
  }
}

const HealthAnswer* ListenerInterviews::answer(const Listener& listener) const {
  const auto found = interviews_.find(listener.inode);
  return found == interviews_.end() || found->second.times == 0 ? nullptr : &found->second.answer;
}

bool ListenerInterviews::due(Time now) const {
  return has_late_answers() ||
         std::any_of(interviews_.begin(), interviews_.end(),
                     [&](const auto& each) { return is_due(each.second, now); });
}

void ListenerInterviews::doubt(const Listener& listener) {
  const auto found = interviews_.find(listener.inode);
  if (found != interviews_.end()) found->second.times = 0;
}

}  // namespace pm
