import { render } from 'preact';

import { App } from './app';
import { readHealth } from './live/self';
import { startStore } from './live/store';
import { startRouter } from './lib/router';
import './lib/theme';
import './styles/theme.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/components.css';
import './styles/pages.css';

startRouter();
startStore();
// The pages ask again for what they need of it.
readHealth().catch(() => undefined);

const place = document.getElementById('app');
if (place) render(<App />, place);
