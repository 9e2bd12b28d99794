import { isStale } from './live/store';
import { route } from './lib/router';
import { BackupsPage } from './pages/backups/backups-page';
import { ConflictsPage } from './pages/conflicts/conflicts-page';
import { HistoryPage } from './pages/history/history-page';
import { NotFoundPage } from './pages/not-found-page';
import { OverviewPage } from './pages/overview/overview-page';
import { PortPage } from './pages/port/port-page';
import { ReservationsPage } from './pages/reservations/reservations-page';
import { ServicePage } from './pages/services/service-page';
import { ServicesPage } from './pages/services/services-page';
import { SettingsPage } from './pages/settings/settings-page';
import { Banner } from './shell/banner';
import { Header } from './shell/header';
import { Toasts } from './ui/toasts';

function CurrentPage() {
  const { page, item } = route.value;
  switch (page) {
    case '':
      return <OverviewPage />;
    case 'services':
      return item ? <ServicePage key={item} id={item} /> : <ServicesPage />;
    case 'ports':
      return <PortPage text={item} />;
    case 'conflicts':
      return <ConflictsPage />;
    case 'history':
      return <HistoryPage />;
    case 'reservations':
      return <ReservationsPage />;
    case 'backups':
      return <BackupsPage />;
    case 'settings':
      return <SettingsPage />;
    default:
      return <NotFoundPage />;
  }
}

export function App() {
  const skip = (event: Event): void => {
    event.preventDefault();
    document.getElementById('main')?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Header />
      <Banner />
      <main id="main" tabIndex={-1} class={isStale.value ? 'stale' : undefined}>
        <CurrentPage />
      </main>
      <Toasts />
    </>
  );
}
