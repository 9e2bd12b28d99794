#include "app/config_admin.h"

#include "domain/config_rules.h"

namespace pm {

Expected<std::string> ConfigAdmin::backup(const std::string& name) {
  return archive_.write_backup(*store_.snapshot(), clock_.now(), name);
}

Expected<Committed> ConfigAdmin::replace(const ChangeContext& context, const PortConfig& config,
                                         HistoryAction action) {
  return store_.commit(context,
                       [&](Draft& draft) { return replace_config(draft, config, action); });
}

Expected<Committed> ConfigAdmin::restore(const ChangeContext& context, const std::string& name) {
  const auto config = archive_.read_backup(name);
  if (!config) return tl::unexpected(config.error());
  return replace(context, *config, HistoryAction::restore);
}

Expected<Committed> ConfigAdmin::import(const ChangeContext& context, const std::string& text) {
  const auto config = archive_.parse(text);
  if (!config) return tl::unexpected(config.error());
  return replace(context, *config, HistoryAction::import);
}

std::string ConfigAdmin::export_text() const {
  return archive_.render(*store_.snapshot(), clock_.now(), "last_updated");
}

Expected<ConfigAdmin::Reset> ConfigAdmin::reset(const ChangeContext& context) {
  const auto defaults = archive_.defaults();
  if (!defaults) return tl::unexpected(defaults.error());
  auto name = backup({});
  if (!name) return tl::unexpected(name.error());
  auto committed = replace(context, *defaults, HistoryAction::reset);
  if (!committed) {
    committed.error().message += " The backup " + *name + " was written, nothing else has changed.";
    return tl::unexpected(committed.error());
  }
  return Reset{*name, *committed};
}

}  // namespace pm
