import { App } from './app.tsx';
import { answersAt } from './client.ts';

const base = new URL('lifecycle/', document.baseURI);
answersAt(base);
const style = document.createElement('link');
style.rel = 'stylesheet';
style.href = new URL('airflow.css', base).href;
document.head.append(style);

// By these names Airflow's page finds what it loaded; the first is that of the plugin's `react_apps`.
Object.assign(globalThis, { 'lifecycle versions': App, AirflowPlugin: App });
