import { href } from '../lib/router';
import { Card, Page } from '../ui/page';
import { Empty } from '../ui/states';

export function NotFoundPage() {
  return (
    <Page title="No such page">
      <Card>
        <Empty icon="question" title="There is nothing at this address">
          <a href={href('')}>To the overview</a>
        </Empty>
      </Card>
    </Page>
  );
}
