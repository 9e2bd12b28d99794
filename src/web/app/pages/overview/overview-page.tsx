import { state } from '../../live/store';
import { Page } from '../../ui/page';
import { ActivityCard } from './activity-card';
import { FeedCard } from './feed-card';
import { HealthCard } from './health-card';
import { PortMapCard } from './port-map-card';
import { Tiles } from './tiles';

export function OverviewPage() {
  const { loaded } = state.value;
  return (
    <Page title="Overview">
      <Tiles />
      <div class="overview">
        <PortMapCard />
        <FeedCard />
        <HealthCard />
        <ActivityCard ready={loaded} />
      </div>
    </Page>
  );
}
