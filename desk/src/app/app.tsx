import { PersonPicker } from '../features/people/components/person-picker';
import { useChosenPerson } from '../features/people/hooks/use-chosen-person';
import { Session } from './session';

export function App() {
  const [person, choose] = useChosenPerson();
  if (person === null) return <PersonPicker onChoose={choose} />;
  return <Session key={person} personId={person} onLeave={() => choose(null)} />;
}
