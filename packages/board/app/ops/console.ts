/** Whether operators may decide by this console: the server says so in the page (BOARD). */
export const isFull = (): boolean => document.documentElement.dataset['board'] === 'full';
