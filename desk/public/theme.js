// Before the first paint, and a file of its own because the page allows no inline script.
const theme = localStorage.getItem('lockstep.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
