import { SelectField, TextField } from '../../ui/field';

interface Props {
  text: string;
  category: string;
  status: string;
  categories: readonly string[];
  onText: (text: string) => void;
  onCategory: (category: string) => void;
  onStatus: (status: string) => void;
}

const STATUSES = [
  ['', 'Any status'],
  ['healthy', 'Healthy'],
  ['unhealthy', 'Unhealthy'],
  ['unknown', 'Not seen yet'],
] as const;

export function Filters(props: Props) {
  const categories = props.categories.map((name) => [name, name === 'none' ? 'No category' : name] as const);
  return (
    <div class="filters" role="search">
      <TextField label="Search" type="search" value={props.text} onInput={props.onText} placeholder="Name or port" />
      <SelectField
        label="Category"
        value={props.category}
        onInput={props.onCategory}
        options={[['', 'All categories'], ...categories]}
      />
      <SelectField label="Status" value={props.status} onInput={props.onStatus} options={STATUSES} />
    </div>
  );
}
