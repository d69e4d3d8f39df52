//! The SQL dialect of statements: the engine's generic one, in which a text is parsed in a number of steps that is linear in
//! its length. Where an expression does not parse in one way the parser tries another, at each level of nesting anew:
//! `CAST(CAST(…` with a mistake (or the limit of nesting) 48 levels deep would take 2^48 attempts.

use std::any::TypeId;
use std::cell::Cell;
use std::iter::Peekable;
use std::str::Chars;

use datafusion::sql::sqlparser::ast::{ColumnOption, Expr, GranteesType, Ident, ObjectNamePart, Statement};
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// Expressions that may be begun in a text besides one for each of its tokens, which is the most that what is right needs.
const FURTHER_ATTEMPTS: usize = 1000;

/// The generic dialect, for one text: it ends the parse of a text that takes too many attempts.
#[derive(Debug)]
pub(in crate::engine) struct MeasuredDialect {
    generic: GenericDialect,
    attempts_left: Cell<usize>,
}

impl MeasuredDialect {
    /// The dialect for a text of this many tokens.
    pub(in crate::engine) fn new(tokens: usize) -> Self {
        Self {
            generic: GenericDialect {},
            attempts_left: Cell::new(tokens.saturating_add(FURTHER_ATTEMPTS)),
        }
    }
}

/// Methods that answer as the generic dialect does.
macro_rules! forward {
    ($($method:ident)*) => {
        $(fn $method(&self) -> bool {
            self.generic.$method()
        })*
    };
}

#[deny(clippy::missing_trait_methods)]
impl Dialect for MeasuredDialect {
    /// The parser asks in some places which dialect it has.
    fn dialect(&self) -> TypeId {
        self.generic.dialect()
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        match self.attempts_left.get().checked_sub(1) {
            Some(left) => {
                self.attempts_left.set(left);
                self.generic.parse_prefix(parser)
            }
            None => Some(Err(ParserError::RecursionLimitExceeded)),
        }
    }

    forward! {
        supports_string_literal_backslash_escape ignores_wildcard_escapes supports_unicode_string_literal
        supports_filter_during_aggregation supports_window_clause_named_window_reference
        supports_within_after_array_aggregation supports_partition_by_after_order_by supports_array_join_syntax
        supports_group_by_expr supports_group_by_with_modifier supports_left_associative_joins_without_parens
        supports_outer_join_operator supports_cross_join_constraint supports_connect_by
        supports_execute_immediate supports_match_recognize supports_in_empty_list
        supports_start_transaction_modifier supports_end_transaction_modifier
        supports_named_fn_args_with_eq_operator supports_named_fn_args_with_colon_operator
        supports_named_fn_args_with_assignment_operator supports_named_fn_args_with_rarrow_operator
        supports_named_fn_args_with_expr_name supports_numeric_prefix supports_numeric_literal_underscores
        supports_window_function_null_treatment_arg supports_dictionary_syntax support_map_literal_syntax
        supports_lambda_functions supports_parenthesized_set_variables supports_comma_separated_set_assignments
        supports_update_order_by supports_select_wildcard_except convert_type_before_value
        supports_triple_quoted_string supports_trailing_commas supports_limit_comma
        supports_string_literal_concatenation supports_string_literal_concatenation_with_newline
        supports_projection_trailing_commas supports_from_trailing_commas
        supports_column_definition_trailing_commas supports_object_name_double_dot_notation
        supports_struct_literal supports_empty_projections supports_select_expr_star supports_from_first_select
        supports_from_first_insert supports_pipe_operator supports_user_host_grantee supports_match_against
        supports_select_wildcard_exclude supports_select_exclude supports_create_table_multi_schema_info_sources
        supports_select_modifiers describe_requires_table_keyword allow_extract_custom
        allow_extract_single_quotes supports_extract_comma_syntax supports_subquery_as_function_arg
        supports_create_view_comment_syntax supports_array_typedef_without_element_type
        supports_parens_around_table_factor supports_values_as_table_factor supports_dollar_placeholder
        supports_dollar_as_money_prefix supports_create_index_with_clause require_interval_qualifier
        supports_explain_with_utility_options supports_asc_desc_in_column_definition supports_factorial_operator
        supports_bitwise_shift_operators supports_nested_comments supports_multiline_comment_hints
        supports_eq_alias_assignment supports_try_convert supports_bang_not_operator supports_listen_notify
        supports_load_data supports_load_extension supports_top_before_distinct supports_boolean_literals
        supports_show_like_before_in supports_comment_on supports_create_table_select supports_partiql
        supports_constraint_keyword_without_name supports_key_column_option supports_table_sample_before_alias
        supports_insert_set supports_insert_table_function supports_insert_table_query supports_insert_format
        supports_insert_table_alias supports_set_stmt_without_operator supports_table_versioning
        supports_string_escape_constant supports_table_hints requires_single_line_comment_whitespace
        supports_array_typedef_with_brackets supports_geometric_types supports_set_names
        supports_space_separated_column_options supports_alter_column_type_using
        supports_comma_separated_drop_column_list supports_notnull_operator supports_data_type_signed_suffix
        supports_interval_options supports_create_table_like_parenthesized supports_semantic_view_table_factor
        supports_quote_delimited_string supports_comment_optimizer_hint supports_double_ampersand_operator
        supports_binary_kw_as_cast supports_select_wildcard_replace supports_select_wildcard_ilike
        supports_select_wildcard_rename supports_select_wildcard_with_alias supports_optimize_table
        supports_install supports_detach supports_prewhere supports_with_fill supports_limit_by
        supports_interpolate supports_settings supports_select_format supports_comma_separated_trim
        supports_cte_without_as supports_select_item_multi_column_alias supports_xml_expressions
        supports_create_table_using supports_long_type_as_bigint supports_map_literal_with_angle_brackets
    }

    /// The engine plans it.
    fn supports_order_by_all(&self) -> bool {
        true
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        self.generic.is_delimited_identifier_start(ch)
    }

    fn is_nested_delimited_identifier_start(&self, ch: char) -> bool {
        self.generic.is_nested_delimited_identifier_start(ch)
    }

    fn peek_nested_delimited_identifier_quotes(&self, chars: Peekable<Chars<'_>>) -> Option<(char, Option<char>)> {
        self.generic.peek_nested_delimited_identifier_quotes(chars)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        self.generic.identifier_quote_style(identifier)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        self.generic.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.generic.is_identifier_part(ch)
    }

    fn is_custom_operator_part(&self, ch: char) -> bool {
        self.generic.is_custom_operator_part(ch)
    }

    fn parse_infix(&self, parser: &mut Parser, expr: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        self.generic.parse_infix(parser, expr, precedence)
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        self.generic.get_next_precedence(parser)
    }

    fn get_next_precedence_default(&self, parser: &Parser) -> Result<u8, ParserError> {
        match parser.peek_token_ref().token {
            // A power: `2 * 3 ^ 2` is 18, as in PostgreSQL.
            Token::Caret => Ok(self.prec_value(Precedence::MulDivModOp) + 1),
            _ => self.generic.get_next_precedence_default(parser),
        }
    }

    fn parse_statement(&self, parser: &mut Parser) -> Option<Result<Statement, ParserError>> {
        self.generic.parse_statement(parser)
    }

    fn parse_column_option(
        &self,
        parser: &mut Parser,
    ) -> Result<Option<Result<Option<ColumnOption>, ParserError>>, ParserError> {
        self.generic.parse_column_option(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        self.generic.prec_value(precedence)
    }

    fn prec_unknown(&self) -> u8 {
        self.generic.prec_unknown()
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        self.generic.is_reserved_for_identifier(keyword)
    }

    fn get_reserved_keywords_for_select_item_operator(&self) -> &[Keyword] {
        self.generic.get_reserved_keywords_for_select_item_operator()
    }

    fn get_reserved_grantees_types(&self) -> &[GranteesType] {
        self.generic.get_reserved_grantees_types()
    }

    fn is_column_alias(&self, keyword: &Keyword, parser: &mut Parser) -> bool {
        self.generic.is_column_alias(keyword, parser)
    }

    fn is_select_item_alias(&self, explicit: bool, keyword: &Keyword, parser: &mut Parser) -> bool {
        self.generic.is_select_item_alias(explicit, keyword, parser)
    }

    fn is_table_factor(&self, keyword: &Keyword, parser: &mut Parser) -> bool {
        self.generic.is_table_factor(keyword, parser)
    }

    fn is_table_alias(&self, keyword: &Keyword, parser: &mut Parser) -> bool {
        self.generic.is_table_alias(keyword, parser)
    }

    fn is_table_factor_alias(&self, explicit: bool, keyword: &Keyword, parser: &mut Parser) -> bool {
        self.generic.is_table_factor_alias(explicit, keyword, parser)
    }

    fn is_identifier_generating_function_name(&self, name: &Ident, parts: &[ObjectNamePart]) -> bool {
        self.generic.is_identifier_generating_function_name(name, parts)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;

    /// Whether a text is parsed, its tokens, and the attempts that it took.
    fn parse(text: &str) -> (bool, usize, usize) {
        let mut tokens = Tokenizer::new(&GenericDialect {}, text);
        let tokens = tokens.tokenize_with_location().unwrap();
        let count = tokens.len();
        let dialect = MeasuredDialect::new(count);
        let parsed = Parser::new(&dialect)
            .with_recursion_limit(50)
            .with_tokens_with_locations(tokens)
            .parse_statements();
        let attempts = count + FURTHER_ATTEMPTS - dialect.attempts_left.get();
        (parsed.is_ok(), count, attempts)
    }

    /// What opens a level of nesting, what stands in the innermost, and what closes a level.
    const NESTINGS: &[(&str, &str, &str)] = &[
        ("CAST(", "1", " AS bigint)"),
        ("TRY_CAST(", "1", " AS bigint)"),
        ("NOT(", "true", ")"),
        ("ARRAY[", "1", "]"),
        ("[", "1", "]"),
        ("(SELECT ", "1", ")"),
        ("(", "1", ")"),
        ("abs(", "1", ")"),
        ("CASE WHEN ", "true", " THEN 1 END"),
        ("EXISTS(SELECT ", "1", ")"),
        ("1 IN (", "1", ")"),
        ("EXTRACT(year FROM ", "d", ")"),
        ("TRIM(", "x", ")"),
        ("SUBSTRING(", "x", " FROM 1)"),
        ("POSITION(", "x", " IN 'x')"),
        ("OVERLAY(", "x", " PLACING 'a' FROM 1)"),
        ("CEIL(", "1", ")"),
        ("STRUCT(", "1", ")"),
        ("INTERVAL (", "1", ") day"),
        ("{'a': ", "1", "}"),
        ("MAP {'a': ", "1", "}"),
        ("(SELECT * FROM (SELECT ", "1", "))"),
        ("(WITH a AS (SELECT ", "1", ") SELECT 1)"),
    ];

    #[test]
    fn what_is_nested_is_parsed_in_steps_that_are_linear_in_the_text() {
        for (open, inside, close) in NESTINGS {
            // With a mistake inside, without its end, and deeper than the limit.
            for inside in [inside, "1 1", "]"] {
                for (depth, close) in [(24, *close), (48, ""), (100, *close)] {
                    let text = format!("SELECT {}{inside}{}", open.repeat(depth), close.repeat(depth));
                    let (_, tokens, attempts) = parse(&text);
                    assert!(attempts <= tokens + FURTHER_ATTEMPTS, "{attempts} attempts: {text}");
                }
            }
        }
        // Levels of joins take more stack than a test's thread has.
        let joins = std::thread::Builder::new().stack_size(64 << 20).spawn(|| {
            for text in [
                "(".repeat(400),
                "a".to_owned() + &" JOIN (b".repeat(400),
                "(SELECT * FROM ".repeat(48),
            ] {
                assert!(!parse(&format!("SELECT * FROM {text}")).0, "{text}");
            }
        });
        joins.unwrap().join().unwrap();
    }

    #[test]
    fn what_is_right_takes_an_attempt_a_token_at_most() {
        let mut texts = vec![
            format!(
                "SELECT {} FROM t",
                ["CAST(a AS bigint) + coalesce(b, 1)"; 500].join(", ")
            ),
            format!("SELECT * FROM t WHERE a IN ({})", ["1"; 5000].join(", ")),
            format!("SELECT CASE {} END", "WHEN a = 1 THEN 'b' ".repeat(200)),
            "SELECT * FROM ((((a))))".to_owned(),
        ];
        for (open, inside, close) in NESTINGS {
            texts
                .extend([1, 4, 8].map(|depth| format!("SELECT {}{inside}{}", open.repeat(depth), close.repeat(depth))));
        }
        for text in texts {
            let (parsed, tokens, attempts) = parse(&text);
            assert!(
                parsed && attempts <= tokens,
                "{attempts} attempts, {tokens} tokens: {text:.60}"
            );
        }
    }

    #[test]
    fn a_mistake_in_what_is_nested_is_told_as_it_is() {
        let text = format!("SELECT {}1 +{}", "CAST(".repeat(20), " AS bigint)".repeat(20));
        let mut tokens = Tokenizer::new(&GenericDialect {}, &text);
        let tokens = tokens.tokenize_with_location().unwrap();
        let dialect = MeasuredDialect::new(tokens.len());
        let parser = Parser::new(&dialect).with_recursion_limit(50);
        let error = parser
            .with_tokens_with_locations(tokens)
            .parse_statements()
            .unwrap_err();
        assert!(error.to_string().contains("Column: 115"), "{error}");
    }
}
