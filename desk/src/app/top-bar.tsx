import { Keyboard, LogOut, MonitorCog, Moon, Sun } from 'lucide-react';
import { useRef } from 'react';
import { Avatar } from '../components/avatar';
import { IconButton } from '../components/button';
import { ConnectionBadge } from '../components/connection-badge';
import type { Health } from '../components/health';
import { Hidden } from '../components/hidden';
import { Wordmark } from '../components/wordmark';
import type { Person } from '../features/people/api/people';
import { useHotkey } from '../lib/hotkeys';
import { type Theme, useTheme } from '../lib/theme';
import { ConnectionDetails } from './connection-details';
import styles from './desk.module.css';
import { KeyboardHelp } from './keyboard-help';
import own from './top-bar.module.css';
import { useMetrics } from './use-metrics';
import { WhoIsHere } from './who-is-here';

interface TopBarProps {
  readonly me: Person;
  readonly health: Health;
  readonly onLeave: () => void;
}

const DETAILS = 'connection-details';

export function TopBar({ me, health, onLeave }: TopBarProps) {
  const help = useRef<HTMLDialogElement>(null);
  const showHelp = () => {
    if (help.current?.open === false) help.current.showModal();
  };
  useHotkey('?', showHelp);
  const { updates, delay } = useMetrics();
  return (
    <header className={styles.bar}>
      <span className={own.brand}>
        <Wordmark />
      </span>
      <h1 className={own.title}>Orders</h1>
      {me.tenantName !== '' && <span className={own.tenant}>{me.tenantName}</span>}
      <div className={own.here}>
        <WhoIsHere me={me} topic="realtime:orders" />
      </div>
      <Hidden role="status">{health.text}</Hidden>
      <ConnectionBadge health={health} updates={updates} delay={delay} details={DETAILS} />
      <ConnectionDetails id={DETAILS} health={health} />
      <ThemeButton />
      <IconButton label="Keyboard shortcuts" className={own.wide} aria-keyshortcuts="?" onClick={showHelp}>
        <Keyboard size={18} aria-hidden="true" />
      </IconButton>
      <button type="button" className={own.me} popoverTarget="me" aria-label={`You are ${me.name}`}>
        <Avatar name={me.name} colour={me.colour} />
      </button>
      <div id="me" popover="auto" className={own.menu}>
        <p className={own.who}>
          <strong>{me.name}</strong>
          <span className={own.role}>{me.role}</span>
        </p>
        <ThemeItem />
        <button type="button" className={own.item} onClick={onLeave}>
          <LogOut size={16} aria-hidden="true" />
          Be somebody else
        </button>
      </div>
      <KeyboardHelp handle={help} />
    </header>
  );
}

const THEMES = {
  auto: { next: 'light', icon: MonitorCog, word: 'as the system' },
  light: { next: 'dark', icon: Sun, word: 'light' },
  dark: { next: 'auto', icon: Moon, word: 'dark' },
} as const satisfies Record<Theme, { next: Theme; icon: typeof Sun; word: string }>;

function ThemeButton() {
  const [theme, setTheme] = useTheme();
  const { next, icon: Icon, word } = THEMES[theme];
  return (
    <IconButton label={`Colours: ${word}`} className={own.wide} onClick={() => setTheme(next)}>
      <Icon size={18} aria-hidden="true" />
    </IconButton>
  );
}

/** The same where the bar has no room. */
function ThemeItem() {
  const [theme, setTheme] = useTheme();
  const { next, icon: Icon, word } = THEMES[theme];
  return (
    <button type="button" className={`${own.item} ${own.narrow}`} onClick={() => setTheme(next)}>
      <Icon size={16} aria-hidden="true" />
      {`Colours: ${word}`}
    </button>
  );
}
