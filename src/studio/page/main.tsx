import { render } from 'preact';
import './style.css';
import { App } from './app.js';
import { restoreTheme } from './parts/theme.js';

restoreTheme();

const host = document.getElementById('app')!;
host.replaceChildren();
render(<App />, host);
