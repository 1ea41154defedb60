import { createContext, use } from 'react';

/** A colleague, as orders show them. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly colour: string;
  readonly role: string;
}

export type Team = ReadonlyMap<string, Colleague>;

export const TeamContext = createContext<Team>(new Map());

export function useTeam(): Team {
  return use(TeamContext);
}
